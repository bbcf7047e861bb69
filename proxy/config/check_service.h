// The part of check_configuration() that looks at one service.

#pragma once

#include <vector>

#include "proxy/config/configuration.h"

namespace postern {

// The service's protocol is known.
void check_service(const Section& section, const Configuration& configuration,
                   std::vector<Problem>& problems);

}  // namespace postern
