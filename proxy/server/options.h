// The whole configuration as plain values: what main() needs to start, and what
// a reload builds anew.

#pragma once

#include <string>
#include <vector>

#include "backends/director.h"
#include "proxy/base/log.h"
#include "proxy/session/service.h"

namespace postern {

struct ServerOptions {
  int threads = 0;       // 0: one per core
  std::string username;  // to become after binding; empty: stay
  std::string group;
  std::string pid_file;      // empty: none
  int connection_limit = 0;  // all services together; 0: by descriptors only
  int drain_seconds = 0;     // SIGTERM: how long sessions may go on; 0: not
  LogOptions log;
  bool quiet = false;  // errors only
  DirectorOptions director;
  std::vector<PoolOptions> pools;
  std::vector<ServiceOptions> services;
};

}  // namespace postern
