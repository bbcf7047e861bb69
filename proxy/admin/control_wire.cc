#include "proxy/admin/control_wire.h"

#include <algorithm>
#include <iterator>

namespace postern {
namespace {

constexpr std::string_view kForms[] = {"text",   "number", "flag",
                                       "octets", "time",   "duration"};

struct Row {
  std::string_view name;
  int exit_status;
};

constexpr Row kTroubles[] = {
    {"usage", kExitUsage}, {"not_found", 4}, {"ambiguous", 4},
    {"refused", 1},        {"failed", 1},    {"busy", 1},
};

}  // namespace

std::string_view name_of(Form form) {
  return kForms[static_cast<size_t>(form)];
}

std::optional<Form> parse_form(std::string_view name) {
  const auto* const found = std::ranges::find(kForms, name);
  if (found == std::end(kForms)) return std::nullopt;
  return static_cast<Form>(found - kForms);
}

std::string_view name_of(Trouble trouble) {
  return kTroubles[static_cast<size_t>(trouble)].name;
}

int exit_status(std::string_view trouble) {
  const auto* const found = std::ranges::find(kTroubles, trouble, &Row::name);
  return found == std::end(kTroubles) ? 1 : found->exit_status;
}

}  // namespace postern
