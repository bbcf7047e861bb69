// least_connections: whoever has the fewest sessions for its weight; among
// equals everyone in turn.

#include <atomic>

#include "backends/policy/policy.h"

namespace postern {
namespace {

class LeastConnections final : public Policy {
 public:
  size_t pick(Candidates candidates, const Newcomer& who) override {
    const size_t count = candidates.size();
    const size_t start = turn_.fetch_add(1, std::memory_order_relaxed) % count;
    size_t best = start;
    for (size_t step = 1; step < count; ++step) {
      const size_t i = (start + step) % count;
      if (less_loaded(*candidates[i], *candidates[best], who.now)) best = i;
    }
    return best;
  }

 private:
  std::atomic<size_t> turn_ = 0;
};

}  // namespace

std::unique_ptr<Policy> make_least_connections(Candidates) {
  return std::make_unique<LeastConnections>();
}

}  // namespace postern
