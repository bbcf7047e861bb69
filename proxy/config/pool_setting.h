// Settings of services that a pool's line carries as NAME=VALUE: the same table
// serves both, see per_pool() in settings.h.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/draft.h"
#include "proxy/config/problem.h"
#include "proxy/config/section.h"

namespace postern {

// True for `name` alone, which is no host but a switch without its "=yes".
bool is_pool_setting(std::string_view name);

// Pool and line are the caller's to fill in.  Errors name the setting.
Result<PoolSetting> read_pool_setting(const Setting& setting,
                                      std::string_view value);

// "NAME=VALUE", as the line takes it.
std::string show_pool_setting(const PoolSetting& given);

// The names of the pools that say anything of their own, each once.
std::vector<std::string> pools_with_settings(const Draft& daemon);

// What the service would be if what `pool` says were said there.
Draft draft_for_pool(const Draft& service, const Draft& daemon,
                     std::string_view pool);

// Where to change `setting` for the pool: the last line that gives it, nullptr
// if none does.
const Origin* pool_setting_origin(const Section& daemon, std::string_view pool,
                                  std::string_view setting);

// `problem`, of a setting that the pool may say, put where it is to be mended:
// the pool's line if it comes from there, else `service`.
Problem located(Problem problem, const Section& service, const Section& daemon,
                std::string_view pool);

}  // namespace postern
