#include "proxy/admin/commands.h"

#include <algorithm>
#include <iterator>

namespace postern {
namespace {

struct Row {
  std::string_view name;
  Command command;
};

// clang-format off
constexpr Row kCommands[] = {
    {"status", show_status},
    {"who", show_sessions},
    {"route", show_route},
    {"backend list", show_backends},
    {"backend drain", drain_backend},
    {"backend down", take_backend_down},
    {"backend up", put_backend_up},
    {"backend weight", weigh_backend},
    {"user move", move_user},
    {"user unpin", unpin_user},
    {"user kick", kick_user},
    {"user list", list_overrides},
    {"kick", kick_sessions},
    {"map test", show_maps},
    {"reload", reload_configuration},
    {"log level", change_log_level},
};
// clang-format on

}  // namespace

Command find_command(std::string_view name) {
  const auto* const row = std::ranges::find(kCommands, name, &Row::name);
  return row == std::end(kCommands) ? nullptr : row->command;
}

}  // namespace postern
