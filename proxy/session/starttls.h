// Turning a side of a session from plaintext to TLS: implicit TLS right after
// connecting, STARTTLS or STLS when the engine of that side asks for it.
//
// The rule of RFC 2595, 3501 and 3207 that nothing said before survives is kept
// in two places: the protocol engine forgets what it holds and drops what it is
// still fed, and the transport hands every later byte to TLS only.

#pragma once

#include "proxy/session/service.h"
#include "proxy/session/transport.h"

namespace postern {

void start_front_tls(Transport& client, const Service& service);

// `where` is the backend as configured: its name is sent as SNI and verified.
void start_back_tls(Transport& backend, const BackSide& side,
                    const Endpoint& where);

}  // namespace postern
