// Backends as an administrator calls them.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "proxy/admin/commands.h"

namespace postern {

using Machine = std::shared_ptr<BackendState>;

// "pool/host:port", by which every machine is called in tables and in the log.
// Of a host that a map named: "host:port".
std::string name_of(const BackendState& machine);

// Those that `name` may mean: the whole name, or as much of its end as tells
// machines apart ("host:port", "host"), in any case of letters.
std::vector<Machine> machines_called(const std::vector<Machine>& all,
                                     std::string_view name);

// The one that is meant.  If there is none, or if there are several, that is
// the answer, and null is returned.
Machine find_machine(const Call& call, const std::string& name);

// How a machine stands: what the administrator said comes first, then what
// health found out.
struct Standing {
  std::string_view word;  // "up", "down", "failing", "leaving", ...
  std::string reason;     // for people; empty: none
};
// `now`: the loops' clock.
Standing standing_of(const BackendState& machine, uint64_t now);

}  // namespace postern
