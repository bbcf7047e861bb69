// POP3 as spoken to the mail server, from its greeting to its verdict (RFC
// 1939, 2449, 2595, 3206, 5034): [STLS], then USER and PASS, AUTH PLAIN for a
// name that USER cannot carry, or a relayed mechanism if CAPA lists it.

#pragma once

#include <memory>

#include "proxy/protocol/back.h"

namespace postern {

// `options` and `who` must outlive the engine.
std::unique_ptr<Back> make_pop3_back(const BackOptions& options,
                                     const Credentials& who);

}  // namespace postern
