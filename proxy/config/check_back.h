// The part of check_service() that looks at how backends are talked to, by the
// service and by each pool.

#pragma once

#include <vector>

#include "proxy/config/problem.h"
#include "proxy/config/section.h"

namespace postern {

// `daemon` has the pools' lines.
void check_backs(const Section& section, const Section& daemon,
                 std::vector<Problem>& problems);

}  // namespace postern
