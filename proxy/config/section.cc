#include "proxy/config/section.h"

#include <cassert>

namespace postern {

void Section::apply(const Assignments& assignments, Scope scope, Layer layer) {
  for (const Assignment& each : assignments.given) {
    const Setting& setting = *each.setting;
    if (setting.scope != scope) continue;
    const auto [entry, fresh] = given.try_emplace(setting.name, Given{layer});
    Given& before = entry->second;
    if (fresh || before.layer != layer || setting.kind.clear == nullptr) {
      if (setting.kind.clear != nullptr) setting.kind.clear(draft);
      before = {layer, {}};
    }
    before.lines.push_back(each.where);
    [[maybe_unused]] const Status set = setting.kind.set(draft, each.value);
    assert(set);  // the reader has tried it
  }
  for (const Setting* setting : assignments.failed)
    failed.insert(setting->name);
}

const Given* Section::find(std::string_view setting) const {
  const auto found = given.find(setting);
  return found == given.end() ? nullptr : &found->second;
}

Origin Section::where(std::string_view setting) const {
  const Given* found = find(setting);
  return found == nullptr ? Origin{file} : found->lines.back();
}

bool Section::outranks(std::string_view setting, std::string_view other) const {
  const Given* ours = find(setting);
  const Given* theirs = find(other);
  return ours != nullptr && (theirs == nullptr || theirs->layer < ours->layer);
}

}  // namespace postern
