// first_available: the first of the configuration as long as it can take
// users; those behind it are its spares.

#include "backends/policy/policy.h"

namespace postern {
namespace {

class FirstAvailable final : public Policy {
 public:
  size_t pick(Candidates, const Newcomer&) override { return 0; }
};

}  // namespace

std::unique_ptr<Policy> make_first_available(Candidates) {
  return std::make_unique<FirstAvailable>();
}

}  // namespace postern
