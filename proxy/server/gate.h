// Counts clients that have not logged in yet, by address, over all threads: one
// address must not use up what all others need for logging in.

#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "proxy/base/address.h"

namespace postern {

// Thread-safe.  Owned by the server, outlives the workers.
class Gate {
 public:
  // Counts one more, unless there are `most` already (0: no limit).
  bool enter(const Address& client, int most);
  // One that had entered has logged in or left.
  void leave(const Address& client);

 private:
  // The first half of an IPv6 address, for a single host owns a /64; all of
  // IPv4, put where nobody connects from (ff00::/8 is for multicast).
  static uint64_t key(const Address& client);

  std::mutex mutex_;
  std::unordered_map<uint64_t, int> inside_;  // no entry: none
};

}  // namespace postern
