// Whether logins without a password (SASL EXTERNAL) and those of masters can
// work at all as they are configured, and are safe.

#pragma once

#include <vector>

#include "proxy/config/problem.h"
#include "proxy/config/section.h"

namespace postern {

// `section` is a service's, assembled.
void check_masters(const Section& section, const Section& daemon,
                   std::vector<Problem>& problems);

}  // namespace postern
