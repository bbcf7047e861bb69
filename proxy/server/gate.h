// Counts clients that have not logged in yet, by address, over all threads: one
// address must not use up what all others need for logging in.

#pragma once

#include <mutex>
#include <string>
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
  // IPv6 by /64: a single host owns all of it.
  static std::string key(const Address& client);

  std::mutex mutex_;
  std::unordered_map<std::string, int> inside_;  // no entry: none
};

}  // namespace postern
