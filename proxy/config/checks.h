// What can be found out without serving: files, certificates, maps, names,
// users.  Beyond what load_configuration() has said already.

#pragma once

#include <vector>

#include "proxy/config/configuration.h"

namespace postern {

// May block: opens files and asks the resolver.  Changes nothing.
std::vector<Problem> check_configuration(const Configuration& configuration);

}  // namespace postern
