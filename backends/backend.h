// One machine that serves mail.  Shared by all threads: what changes is atomic.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "proxy/base/address.h"

namespace postern {

struct BackendOptions {
  Endpoint where;  // port 0: the service's default for the backend side
  uint32_t weight = 1;
};

// Owned by its pool (shared with the sessions that use it).
class Backend {
 public:
  explicit Backend(BackendOptions options) : options_(std::move(options)) {}

  const Endpoint& where() const { return options_.where; }
  uint32_t weight() const { return options_.weight; }

  // Passive evidence: a connection that failed or answered badly keeps the
  // backend out of the first choice until `now` + hold; success clears it.
  // Milliseconds of the loops' clock.
  void failed(uint64_t now, uint64_t hold);
  void succeeded();
  bool resting(uint64_t now) const { return now < resting_until_.load(); }

  uint32_t sessions() const { return sessions_.load(); }
  void add_session() { ++sessions_; }
  void remove_session() { --sessions_; }

 private:
  const BackendOptions options_;
  std::atomic<uint64_t> resting_until_ = 0;
  std::atomic<uint32_t> sessions_ = 0;
};

}  // namespace postern
