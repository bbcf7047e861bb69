// `backend list`: every machine, what is said and what is known of it.

#include <map>
#include <utility>

#include "proxy/admin/machine_name.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr Column kColumns[] = {
    {"backend"},
    {"state"},
    {"weight", Form::Number},
    {"configured_weight", Form::Number},
    {"sessions", Form::Number},
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

void show(Answer& answer, const BackendState& machine, const Backend* backend,
          uint64_t now) {
  const Standing standing = standing_of(machine, now);
  Value weight;
  Value configured;
  if (machine.weight()) weight = uint64_t{*machine.weight()};
  if (backend != nullptr) {
    weight = uint64_t{backend->weight()};
    if (const auto given = backend->options().weight)
      configured = uint64_t{*given};
  }
  answer.row({name_of(machine), std::string(standing.word), weight, configured,
              uint64_t{machine.sessions()}, text_or_none(standing.reason)});
}

}  // namespace

void show_backends(const Call& call) {
  const std::string wanted = call.asked.word(0);
  const Configured configured = configured_backends(*call.server.snapshot());
  call.answer->table("backends", kColumns);
  bool any = false;
  for (const Machine& machine : call.server.director().roster().all()) {
    if (!wanted.empty() && !same_text(machine->pool(), wanted)) continue;
    const auto found = configured.find(machine.get());
    show(*call.answer, *machine,
         found == configured.end() ? nullptr : found->second.get(),
         call.server.loop().now());
    any = true;
  }
  if (!any && !wanted.empty())
    return call.answer->fail(Trouble::NotFound,
                             "no pool is named \"" + printable(wanted) + "\"");
  call.answer->ok();
}

}  // namespace postern
