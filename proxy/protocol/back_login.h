// What every back engine does with the password it is given.

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/action.h"

namespace postern {

// The message of SASL PLAIN as it stands on the wire: base64 of authzid (none)
// NUL authcid NUL password (RFC 4616).
Secret plain_response(const Credentials& who);

// A backend's line for the log: printable(), unless it repeats the password.
// Some servers quote the command they did not understand.
std::string quoted_reply(std::string_view line, const Credentials& who);

}  // namespace postern
