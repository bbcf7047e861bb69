// The table of policies.  Adding one: a file beside this and a row here.

#include <algorithm>

#include "backends/policy/policy.h"

namespace postern {
namespace {

// Dovecot's vhost_count.
constexpr uint32_t kPointsOnRing = 100;

constexpr PolicyRow kPolicies[] = {
    {.name = "consistent_hash",
     .make = make_consistent_hash,
     .usual_weight = kPointsOnRing},
    {.name = "least_connections",
     .make = make_least_connections,
     .usual_weight = 1},
    {.name = "round_robin",
     .make = make_round_robin,
     .usual_weight = 1,
     .weighs = false},
    {.name = "weighted_round_robin",
     .make = make_weighted_round_robin,
     .usual_weight = 1},
    {.name = "random_two_choices",
     .make = make_random_two_choices,
     .usual_weight = 1},
    {.name = "first_available",
     .make = make_first_available,
     .usual_weight = 1,
     .weighs = false},
};

}  // namespace

const PolicyRow* find_policy(std::string_view name) {
  const auto* const row = std::ranges::find(kPolicies, name, &PolicyRow::name);
  return row == std::end(kPolicies) ? nullptr : row;
}

std::string policy_names() {
  std::string names;
  for (const PolicyRow& row : kPolicies) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

bool less_loaded(const Backend& a, const Backend& b, uint64_t now) {
  // Load over share, without dividing; one more than there is, so that of two
  // idle ones the larger is the less loaded.
  return uint64_t{a.load() + 1} * b.share(now) <
         uint64_t{b.load() + 1} * a.share(now);
}

}  // namespace postern
