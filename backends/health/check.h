// One look at one backend: what is to be looked at, and who can look.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "proxy/net/loop.h"

namespace postern {

// Of a pool.
struct CheckOptions {
  uint64_t interval_ms = 0;  // 0: no checks
  uint64_t timeout_ms = 5000;
  int rise = 2;
  int fall = 3;
  // A login to try; empty: checks end before the login.
  std::string user;
  std::string password_file;
  // Whose way to the backends is looked at; empty: of every service that has
  // maps, which may name any pool.
  std::vector<std::string> services;

  bool operator==(const CheckOptions&) const = default;
};

struct CheckAnswer {
  std::string why;       // what is wrong, in words; empty: all is well
  bool refused = false;  // it answers as it should, but the login was refused
};

// Looks the way one service would.  Shared by the checks of that service.
class Prober {
 public:
  using Done = std::function<void(CheckAnswer)>;

  virtual ~Prober() = default;
  // Answers once, after timeout_ms at the latest, never before this returns.
  // What it returns is kept until then and buried, or buried earlier to give
  // up.
  virtual std::unique_ptr<Mortal> probe(const Endpoint& where,
                                        const CheckOptions& options,
                                        Done done) = 0;
};

struct CheckTarget {
  std::shared_ptr<BackendState> machine;
  std::vector<std::string> services;  // whose way it is; the first names it
  CheckOptions options;
  uint64_t slow_start_ms = 0;
  std::shared_ptr<Prober> prober;
};

}  // namespace postern
