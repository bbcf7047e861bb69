// The table of policies.  Adding one: a file beside this and a row here.

#include <algorithm>

#include "backends/policy/policy.h"

namespace postern {
namespace {

struct Row {
  std::string_view name;
  std::unique_ptr<Policy> (*make)();
};

constexpr Row kPolicies[] = {
    {"round_robin", make_round_robin},
};

}  // namespace

std::unique_ptr<Policy> make_policy(std::string_view name) {
  const auto* const row = std::ranges::find(kPolicies, name, &Row::name);
  return row == std::end(kPolicies) ? nullptr : row->make();
}

std::string policy_names() {
  std::string names;
  for (const Row& row : kPolicies) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

}  // namespace postern
