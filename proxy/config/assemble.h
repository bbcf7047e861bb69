// The last step from settings to options: what depends on several settings,
// what cannot be left out, and what contradicts itself.

#pragma once

#include <vector>

#include "proxy/config/problem.h"
#include "proxy/config/section.h"

namespace postern {

// Completes `section.draft`; appends what is wrong.  `daemon` has the pools.
void assemble_daemon(Section& section, std::vector<Problem>& problems);
void assemble_service(Section& section, const Section& daemon,
                      std::vector<Problem>& problems);

}  // namespace postern
