#include "proxy/admin/machine_name.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

bool is_called(const BackendState& machine, std::string_view name) {
  return same_text(name_of(machine), name) ||
         same_text(machine.where().text(), name) ||
         same_text(machine.where().host, name);
}

}  // namespace

std::string name_of(const BackendState& machine) {
  return machine.pool().empty() ? machine.where().text()
                                : machine.pool() + "/" + machine.where().text();
}

std::vector<Machine> machines_called(const std::vector<Machine>& all,
                                     std::string_view name) {
  std::vector<Machine> whole;
  std::vector<Machine> found;
  for (const Machine& machine : all) {
    if (same_text(name_of(*machine), name)) whole.push_back(machine);
    if (is_called(*machine, name)) found.push_back(machine);
  }
  return whole.empty() ? found : whole;
}

Machine find_machine(const Call& call, const std::string& name) {
  const auto found =
      machines_called(call.server.director().roster().all(), name);
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    call.answer->fail(Trouble::NotFound,
                      "no backend is called \"" + printable(name) + "\"");
    return nullptr;
  }
  std::string names;
  for (const Machine& machine : found)
    names += (names.empty() ? "" : ", ") + name_of(*machine);
  call.answer->fail(
      Trouble::Ambiguous,
      "\"" + printable(name) + "\" may be any of " + printable(names, 4096));
  return nullptr;
}

Standing standing_of(const BackendState& machine, uint64_t now) {
  if (machine.taken_down()) return {"down", "taken down by the administrator"};
  if (!machine.healthy()) return {"failing", machine.health_reason()};
  switch (machine.drain()) {
    case Drain::Leave:
      return {"leaving", "being emptied by the administrator"};
    case Drain::NoNewUsers:
      return {"draining", "takes no new users"};
    case Drain::No:
      break;
  }
  if (machine.resting(now))
    return {"resting", "a login has failed there a moment ago"};
  return {"up", {}};
}

}  // namespace postern
