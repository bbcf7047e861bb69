// round_robin: everyone in turn, all as often.

#include "backends/policy/policy.h"
#include "backends/policy/turns.h"

namespace postern {
namespace {

class RoundRobin final : public Policy {
 public:
  size_t pick(Candidates candidates, const Newcomer&) override {
    return turns_.take(candidates, [](const Backend&) { return 1; });
  }

 private:
  Turns turns_;
};

}  // namespace

std::unique_ptr<Policy> make_round_robin(Candidates) {
  return std::make_unique<RoundRobin>();
}

}  // namespace postern
