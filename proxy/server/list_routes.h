// `postern --routes FILE`: where would each of these users go?  For a site that
// moves over, and to compare two configurations.

#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "proxy/server/snapshot.h"

namespace postern {

// One name to a line of `users`; one line for each, "USER <tab> POOL <tab>
// BACKEND", or "USER <tab> <tab> WHY" for nowhere.  Asks the maps for real,
// connects nowhere.  `service` may be empty if there is only one.
Status list_routes(const Snapshot& snapshot, const std::string& service,
                   std::istream& users, std::ostream& out);

}  // namespace postern
