// The whole configuration as plain values: what main() needs to start, and what
// a reload builds anew.

#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "backends/director.h"
#include "proxy/base/log.h"
#include "proxy/session/service.h"

namespace postern {

// The Unix socket posternctl speaks to.
struct ControlOptions {
  std::string path;  // empty: none
  mode_t mode = 0600;
  std::string owner;  // by name or number; empty: ServerOptions::username
  std::string group;  // likewise
};

struct ServerOptions {
  std::string config_file;  // where all this comes from
  int threads = 0;          // 0: one per core
  std::string username;     // to become after binding; empty: stay
  std::string group;
  std::string pid_file;      // empty: none
  int connection_limit = 0;  // all services together; 0: by descriptors only
  int drain_seconds = 0;     // SIGTERM: how long sessions may go on; 0: not
  ControlOptions control;
  uint64_t tls_watch_ms = 10000;  // how often to look for new certificates
  TicketOptions tickets;
  LogOptions log;
  bool quiet = false;  // errors only
  DirectorOptions director;
  std::vector<PoolOptions> pools;
  std::vector<ServiceOptions> services;
};

}  // namespace postern
