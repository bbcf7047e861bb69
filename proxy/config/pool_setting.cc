#include "proxy/config/pool_setting.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "proxy/base/ascii.h"
#include "proxy/config/print.h"
#include "proxy/config/settings.h"

namespace postern {

bool is_pool_setting(std::string_view name) {
  const Setting* setting = find_setting(name, Scope::Service);
  return setting != nullptr && setting->pool_set != nullptr;
}

Result<PoolSetting> read_pool_setting(const Setting& setting,
                                      std::string_view value) {
  const auto wrong = [&](std::string text) {
    return Error{Fault::Config, std::move(text)}.in(setting.name);
  };
  if (setting.support == Support::NotYet)
    return wrong("not available yet: " + std::string(setting.help));
  if (setting.pool_set == nullptr)
    return wrong(
        "does not go with a single pool, expected on a line of its own");
  Draft scratch;
  if (Status set = setting.pool_set(scratch, value); !set)
    return std::move(set).error().in(setting.name);
  return PoolSetting{{}, &setting, std::string(value), 0};
}

std::string show_pool_setting(const PoolSetting& given) {
  return std::string(given.setting->name) + "=" + quote_value(given.value);
}

std::vector<std::string> pools_with_settings(const Draft& daemon) {
  std::vector<std::string> names;
  for (const PoolSetting& each : daemon.pool_settings)
    if (std::ranges::find(names, each.pool) == names.end())
      names.push_back(each.pool);
  return names;
}

Draft draft_for_pool(const Draft& service, const Draft& daemon,
                     std::string_view pool) {
  Draft own = service;
  std::set<const Setting*> begun;
  for (const PoolSetting& each : daemon.pool_settings) {
    if (each.pool != pool) continue;
    const Setting& setting = *each.setting;
    if (begun.insert(&setting).second && setting.kind.clear != nullptr)
      setting.kind.clear(own);
    [[maybe_unused]] const Status set = setting.pool_set(own, each.value);
    assert(set);  // the line has tried it
  }
  return own;
}

const Origin* pool_setting_origin(const Section& daemon, std::string_view pool,
                                  std::string_view setting) {
  const Origin* last = nullptr;
  const Given* lines = daemon.find("pool");
  for (const PoolSetting& each : daemon.draft.pool_settings)
    if (each.pool == pool && each.setting->name == setting)
      last = &lines->lines.at(each.line);
  return last;
}

Problem located(Problem problem, const Section& service, const Section& daemon,
                std::string_view pool) {
  const Origin* line = pool_setting_origin(daemon, pool, problem.setting);
  if (line == nullptr) {
    problem.where = service.where(problem.setting);
    return problem;
  }
  problem.where = *line;
  problem.text.insert(0, std::string(pool) + ": " + problem.setting + ": ");
  problem.setting = "pool";
  return problem;
}

}  // namespace postern
