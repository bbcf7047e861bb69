// Where services listen, spelled out.

#pragma once

#include <vector>

#include "proxy/config/problem.h"
#include "proxy/config/section.h"

namespace postern {

// Defaults and ports filled in, addresses in one spelling.  The protocol must
// be known.
std::vector<Endpoint> listening_places(const ServiceOptions& service);

// The line that decides it.
Problem about_listening(const Section& section);

// No two may be the same.
void check_places(const std::vector<Section>& services,
                  std::vector<Problem>& problems);

}  // namespace postern
