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
#include "proxy/config/configuration.h"
#include "proxy/net/loop.h"
#include "proxy/server/control_door.h"
#include "proxy/server/health_checks.h"
#include "proxy/server/options.h"
#include "proxy/server/retirement.h"
#include "proxy/server/snapshot.h"
#include "proxy/server/tls_watch.h"
#include "proxy/server/worker.h"

namespace postern {

// What came of a reload.
struct ReloadOutcome {
  bool done = false;              // else the old configuration goes on
  std::vector<Problem> problems;  // also warnings of one that worked
};

// Milliseconds since 1970.
struct Dates {
  uint64_t started = 0;
  uint64_t loaded = 0;  // the configuration in use
};

// Used by the main thread only; the workers have threads of their own.
class Server {
 public:
  // Reads the configuration anew.
  using Load = std::function<Configuration()>;

  Server(Log& log, Load load);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens everything `options` names, binds, and leaves root.  On an error
  // nothing is served.
  Status start(ServerOptions options);

  // Serves until told to stop by a signal.
  void run();

  // Reads, opens and binds everything anew; nothing changes if it fails.
  // Waits for as long as that takes.
  ReloadOutcome reload();

  // What proxy/admin shows and changes.
  Loop& loop() { return loop_; }
  Log& log() { return log_; }
  Director& director() { return director_; }
  const Shared& shared() const { return shared_; }
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  const std::vector<std::unique_ptr<Worker>>& workers() const {
    return workers_;
  }
  const Dates& dates() const { return dates_; }
  bool stopping() const { return stopping_; }
  // Who speaks with those who connect to admin_socket; owns the socket.
  void on_control(ControlDoor::Accepted accepted) {
    control_.on_accept(std::move(accepted));
  }

 private:
  // Sockets for addresses that are not listened on yet, one per worker.
  Result<std::vector<Worker::Sockets>> open_sockets(const Snapshot& snapshot);
  Status leave_root();
  void limit_sessions();  // to what descriptors allow
  void hand_out(std::vector<Worker::Sockets> sockets);
  struct Fresh;
  Result<Fresh> build_anew(Configuration& configuration);
  void take(Fresh fresh, ReloadOutcome& outcome);
  void stop();
  Status write_pid_file();

  Log& log_;
  Load load_;
  Director director_;
  HealthChecks health_;
  // Of the main thread: signals, those who control us, and files that change.
  Loop loop_;
  Shared shared_;
  std::shared_ptr<const Snapshot> snapshot_;
  Retirement retirement_{loop_};
  std::set<std::string> listening_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  ControlDoor control_;
  TlsWatch tls_watch_;
  Dates dates_;
  std::string pid_file_;
  size_t running_ = 0;  // workers
  bool stopping_ = false;
};

}  // namespace postern
