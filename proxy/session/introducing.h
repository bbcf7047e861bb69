// How a backend learns whose login it is: by a PROXY header, or by what its
// protocol has for it (ID, XCLIENT).

#pragma once

#include <optional>
#include <string>

#include "proxy/protocol/identity.h"
#include "proxy/session/back_side.h"
#include "proxy/session/session_log.h"

namespace postern {

// The client as the story has it by now.
ClientIdentity identity_of(const SessionStory& story);

// What a connection to a backend begins with; empty for ways without a header.
// A story without a client is one of our own.
std::string header_for(IdentityMode mode, const Protocol& protocol,
                       const SessionStory& story);
// The same for a connection of our own, such as a health check.
std::string own_header_for(IdentityMode mode);

// What the back engine is to tell; nothing: it tells nothing at all.
std::optional<Introduce> introduction_for(IdentityMode mode,
                                          const Protocol& protocol);

// How it was told, for the log.  "none" if it was not.
std::string_view way_told(IdentityMode mode, const Protocol& protocol,
                          Introduced came_of_it);

}  // namespace postern
