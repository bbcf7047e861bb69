#include "proxy/admin/commands.h"

#include <algorithm>
#include <iterator>

namespace postern {
namespace {

struct Row {
  std::string_view name;
  Command command;
};

constexpr Row kCommands[] = {
    {"status", show_status},         {"who", show_sessions},
    {"map test", show_maps},         {"reload", reload_configuration},
    {"log level", change_log_level},
};

}  // namespace

Command find_command(std::string_view name) {
  const auto* const row = std::ranges::find(kCommands, name, &Row::name);
  return row == std::end(kCommands) ? nullptr : row->command;
}

}  // namespace postern
