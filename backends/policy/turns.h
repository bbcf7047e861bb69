// Everyone in turn, as often as their share says, the turns of those with large
// shares spread out between the others'.

#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "backends/policy/policy.h"

namespace postern {

// At each pick every candidate earns its share; the richest is chosen and pays
// what all have earned.  Those who are not candidates for a while keep what
// they have, so that a backend that was away does not get a flood on return.
// Thread-safe.
class Turns {
 public:
  // `share` is that of one backend, more than 0.
  template <class Share>
  size_t take(Candidates candidates, const Share& share) {
    const std::lock_guard lock(mutex_);
    int64_t earned = 0;
    size_t best = 0;
    int64_t* richest = nullptr;
    for (size_t i = 0; i < candidates.size(); ++i) {
      int64_t& purse = purses_[candidates[i].get()];
      const int64_t earns = share(*candidates[i]);
      purse += earns;
      earned += earns;
      if (richest != nullptr && purse <= *richest) continue;
      richest = &purse;
      best = i;
    }
    *richest -= earned;
    return best;
  }

 private:
  std::mutex mutex_;
  // Bounded by the pool, whose backends stay the same once it serves.
  std::unordered_map<const Backend*, int64_t> purses_;
};

}  // namespace postern
