// POP3 as spoken to the mail client, from greeting to login (RFC 1939, 2449,
// 2595, 3206, 5034).  Deliberately without APOP: its digest can only be
// checked by who knows the password.

#pragma once

#include <memory>

#include "proxy/protocol/front.h"

namespace postern {

// `options` must outlive the engine.
std::unique_ptr<Front> make_pop3_front(const FrontOptions& options);

}  // namespace postern
