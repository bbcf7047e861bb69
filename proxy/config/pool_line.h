// `pool NAME HOST[:PORT] [weight=N] … [policy=NAME] [rest_time=TIME]`.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/draft.h"

namespace postern {

// Lines of one name add up.
Status add_pool_line(Draft& draft, std::string_view value);

// One line for each pool.
std::vector<std::string> show_pools(const Draft& draft);

}  // namespace postern
