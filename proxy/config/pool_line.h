// `pool NAME HOST[:PORT] [OPTION=VALUE] … [SETTING=VALUE] …`; see
// pool_options.h and pool_setting.h for the latter two.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/draft.h"

namespace postern {

// Lines of one name add up.  Quotes make a word of what has blanks in it.
Status add_pool_line(Draft& draft, std::string_view value);

void clear_pools(Draft& draft);

// One line for each pool.
std::vector<std::string> show_pools(const Draft& draft);

}  // namespace postern
