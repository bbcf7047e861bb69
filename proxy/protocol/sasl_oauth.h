// The SASL mechanisms that tell a bearer token: Google's XOAUTH2 and
// OAUTHBEARER (RFC 7628).  They are relayed: only the backend can tell a good
// token, and it explains a bad one in a challenge that is for the client.

#pragma once

#include <memory>

#include "proxy/protocol/sasl.h"

namespace postern {

inline constexpr size_t kMaxToken = 16384;  // octets

std::unique_ptr<Sasl> make_xoauth2(SaslRules rules);
std::unique_ptr<Sasl> make_oauthbearer(SaslRules rules);

// The message to a backend; the token is the secret of `who`.
Secret xoauth2_message(const Credentials& who);
Secret oauthbearer_message(const Credentials& who);

}  // namespace postern
