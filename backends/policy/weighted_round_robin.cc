// weighted_round_robin: everyone in turn, as often as the weight says.

#include "backends/policy/policy.h"
#include "backends/policy/turns.h"

namespace postern {
namespace {

class WeightedRoundRobin final : public Policy {
 public:
  size_t pick(Candidates candidates, const Newcomer& who) override {
    return turns_.take(candidates, [&](const Backend& each) {
      return int64_t{each.share(who.now)};
    });
  }

 private:
  Turns turns_;
};

}  // namespace

std::unique_ptr<Policy> make_weighted_round_robin(Candidates) {
  return std::make_unique<WeightedRoundRobin>();
}

}  // namespace postern
