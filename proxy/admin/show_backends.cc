// `backend list`: every machine, what is said and what is known of it.

#include <map>
#include <utility>

#include "proxy/admin/machine_name.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr Column kBackendColumns[] = {
    {"backend"},
    {"state"},
    {"weight", Form::Number},
    {"configured_weight", Form::Number},
    {"tag"},
    {"sessions", Form::Number},
    {"limit", Form::Number},
    {"reason"},
};

// As the configuration in use sees them; a machine that only a map names, or
// that was taken out of the configuration, is not among them.
using Configured = std::map<const BackendState*, std::shared_ptr<Backend>>;

Configured configured_backends(const Snapshot& snapshot) {
  Configured all;
  const auto add = [&](const Pool& pool) {
    for (const auto& backend : pool.backends())
      all.emplace(&backend->state(), backend);
  };
  for (const auto& [name, pool] : snapshot.pools)
    add(*pool);
  for (const auto& service : snapshot.services)
    if (service->outgoing) add(*service->outgoing);
  return all;
}

// Of a machine that may be used: what keeps its share small.
Standing in_use(const Backend& backend, Standing standing, uint64_t now) {
  if (standing.word != "up") return standing;
  if (backend.full()) return {"full", "has as many sessions as it may"};
  if (backend.state().ramp().thousandths(now) < Ramp::kAll)
    return {"starting", "has just come back, its share still grows"};
  return standing;
}

std::vector<Value> row_of(const Backend& backend, uint64_t now) {
  const BackendState& machine = backend.state();
  const BackendOptions& options = backend.options();
  const Standing standing = in_use(backend, standing_of(machine, now), now);
  const uint32_t limit = options.max_connections;
  return {name_of(machine),
          std::string(standing.word),
          uint64_t{backend.weight()},
          options.weight ? Value(uint64_t{*options.weight}) : Value(),
          text_or_none(options.tag),
          uint64_t{machine.sessions()},
          limit == 0 ? Value() : Value(uint64_t{limit}),
          text_or_none(standing.reason)};
}

std::vector<Value> row_of(const BackendState& machine, uint64_t now) {
  const Standing standing = standing_of(machine, now);
  Value weight;
  if (machine.weight()) weight = uint64_t{*machine.weight()};
  return {name_of(machine), std::string(standing.word),
          weight,           Value(),
          Value(),          uint64_t{machine.sessions()},
          Value(),          text_or_none(standing.reason)};
}

}  // namespace

void show_backends(const Call& call) {
  const std::string wanted = call.asked.word(0);
  const Configured configured = configured_backends(*call.server.snapshot());
  call.answer->table("backends", kBackendColumns);
  const uint64_t now = call.server.loop().now();
  bool any = false;
  for (const Machine& machine : call.server.director().roster().all()) {
    if (!wanted.empty() && !same_text(machine->pool(), wanted)) continue;
    const auto found = configured.find(machine.get());
    call.answer->row(found == configured.end() ? row_of(*machine, now)
                                               : row_of(*found->second, now));
    any = true;
  }
  if (!any && !wanted.empty())
    return call.answer->fail(Trouble::NotFound,
                             "no pool is named \"" + printable(wanted) + "\"");
  call.answer->ok();
}

}  // namespace postern
