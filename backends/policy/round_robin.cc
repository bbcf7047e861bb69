// round_robin: everyone in turn, as often as its weight says, the turns of the
// heavy ones spread out between the others'.

#include <mutex>
#include <unordered_map>

#include "backends/policy/policy.h"

namespace postern {
namespace {

// At each pick every candidate earns its weight; the richest is chosen and pays
// what all have earned.  Those who are not candidates for a while keep what
// they have, so that a backend that was away does not get a flood on return.
class RoundRobin final : public Policy {
 public:
  size_t pick(Candidates candidates, std::string_view) override {
    const std::lock_guard lock(mutex_);
    int64_t earned = 0;
    size_t best = 0;
    int64_t* richest = nullptr;
    for (size_t i = 0; i < candidates.size(); ++i) {
      int64_t& purse = purses_[candidates[i].get()];
      const auto weight = static_cast<int64_t>(candidates[i]->weight());
      purse += weight;
      earned += weight;
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

}  // namespace

std::unique_ptr<Policy> make_round_robin() {
  return std::make_unique<RoundRobin>();
}

}  // namespace postern
