// `postern --route USER`: which backend a user would reach, and why.

#pragma once

#include <string>

#include "proxy/server/snapshot.h"

namespace postern {

// Asks the maps for real, connects nowhere.  Every map with its answer, the
// rule that decided, the pool and the state of its backends, as text for
// people.  `service` empty: every service.  Fault::Config if it is unknown.
Result<std::string> explain_route(const Snapshot& snapshot,
                                  const std::string& user,
                                  const std::string& service);

}  // namespace postern
