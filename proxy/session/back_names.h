// What a backend is told of who logs in: the user's name, and a master's where
// it is one who logs in for the user, as this backend wants to read them.

#pragma once

#include "proxy/protocol/action.h"
#include "proxy/session/service.h"

namespace postern {

// `who` as it came from the client, with the user's name as routed, becomes
// what the back engine is given.  Fault::Denied: the name is none a client may
// have; Fault::Config: these backends cannot be told.
Status name_for_backend(Credentials& who, const Service& service,
                        const BackSide& side);

}  // namespace postern
