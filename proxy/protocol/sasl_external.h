// EXTERNAL (RFC 4422 appendix A): the client's certificate has proved who he
// is, the message says at most as whom he wants to be taken.

#pragma once

#include <memory>
#include <string_view>

#include "proxy/protocol/sasl.h"

namespace postern {

inline constexpr std::string_view kExternal = "EXTERNAL";

// nullptr unless the client has such a certificate.  The user's name is the one
// asked for; empty: the certificate's, whatever that is.
std::unique_ptr<Sasl> make_external(SaslRules rules);

// To a backend that knows us by our certificate: the user's name.
Secret external_message(const Credentials& who);

}  // namespace postern
