// How we log in at an IMAP server with the fewest round trips it allows
// (RFC 3501, 4422, 4616, 4959, 7888).

#pragma once

#include <deque>
#include <string_view>

#include "proxy/protocol/action.h"

namespace postern {

// A server that lists these has a way to be told a password.
bool takes_passwords(std::string_view capabilities);

// What to send, tag and CRLFs included: the first piece at once, each other
// one when the server asks for it ("+").  Only the last holds the password.
std::deque<Secret> imap_login(std::string_view tag, const Credentials& who,
                              std::string_view capabilities);

}  // namespace postern
