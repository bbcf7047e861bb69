// random_two_choices: two are drawn, as often as their weights say, and the
// less loaded of them is taken.  Nearly as even as least_connections, but
// several proxies that do not know of each other's sessions never all run to
// the same backend.

#include <random>

#include "backends/policy/policy.h"

namespace postern {
namespace {

std::minstd_rand& dice() {
  thread_local std::minstd_rand random(std::random_device{}());
  return random;
}

// Any but `except`, by share.
size_t draw(Candidates candidates, size_t except, uint64_t now) {
  uint64_t sum = 0;
  for (size_t i = 0; i < candidates.size(); ++i)
    if (i != except) sum += candidates[i]->share(now);
  if (sum == 0) return except == 0 ? 1 : 0;  // nobody weighs anything
  uint64_t ticket = std::uniform_int_distribution<uint64_t>(0, sum - 1)(dice());
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (i == except) continue;
    const uint64_t share = candidates[i]->share(now);
    if (ticket < share) return i;
    ticket -= share;
  }
  return except == 0 ? candidates.size() - 1 : 0;  // a share has just shrunk
}

class RandomTwoChoices final : public Policy {
 public:
  size_t pick(Candidates candidates, const Newcomer& who) override {
    if (candidates.size() == 1) return 0;
    const size_t one = draw(candidates, candidates.size(), who.now);
    const size_t other = draw(candidates, one, who.now);
    return less_loaded(*candidates[other], *candidates[one], who.now) ? other
                                                                      : one;
  }
};

}  // namespace

std::unique_ptr<Policy> make_random_two_choices(Candidates) {
  return std::make_unique<RandomTwoChoices>();
}

}  // namespace postern
