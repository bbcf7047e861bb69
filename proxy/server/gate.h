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
  // What a client is counted by: the first half of an IPv6 address, for a
  // single host owns a /64; all of IPv4, put where nobody connects from
  // (ff00::/8 is for multicast).
  using Key = uint64_t;
  static Key key(const Address& client);

  // Counts one more, unless there are `most` already (0: no limit).
  bool enter(Key client, int most);
  // One that had entered has logged in or left.
  void leave(Key client);

 private:
  std::mutex mutex_;
  std::unordered_map<Key, int> inside_;  // no entry: none
};

}  // namespace postern
