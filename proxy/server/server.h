// The daemon: binds, leaves root, runs the workers, and obeys signals.
// SIGTERM and SIGINT end it, SIGHUP reloads (proxy/server/reload.cc).

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "proxy/base/log.h"
#include "proxy/net/loop.h"
#include "proxy/server/options.h"
#include "proxy/server/snapshot.h"
#include "proxy/server/worker.h"

namespace postern {

// Used by the main thread only; the workers have threads of their own.
class Server {
 public:
  // Reads the configuration anew; an error text says everything that is wrong.
  using Load = std::function<Result<ServerOptions>()>;

  Server(Log& log, Load load);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens everything `options` names, binds, and leaves root.  On an error
  // nothing is served.
  Status start(ServerOptions options);

  // Serves until told to stop by a signal.
  void run();

 private:
  // Sockets for addresses that are not listened on yet, one per worker.
  Result<std::vector<Worker::Sockets>> open_sockets(const Snapshot& snapshot);
  Status leave_root();
  void limit_sessions();  // to what descriptors allow
  void hand_out(std::vector<Worker::Sockets> sockets);
  void reload();
  Result<std::shared_ptr<const Snapshot>> build_anew();
  void stop();
  Status write_pid_file();

  Log& log_;
  Load load_;
  Director director_;
  Loop loop_;  // of the main thread: signals only
  Shared shared_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::set<std::string> listening_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::string pid_file_;
  size_t running_ = 0;  // workers
  bool stopping_ = false;
};

}  // namespace postern
