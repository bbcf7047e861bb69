// SCRAM (RFC 5802, 7677), relayed: the client's first message tells who it is,
// and nothing we need to know.  Never with channel binding: the channel that
// the client would bind ends with us.

#pragma once

#include <memory>

#include "proxy/protocol/sasl.h"

namespace postern {

std::unique_ptr<Sasl> make_scram_sha1(SaslRules rules);
std::unique_ptr<Sasl> make_scram_sha256(SaslRules rules);

// The client's first message as it came: all that follows is computed over it.
// It is the secret of `who`.
Secret scram_message(const Credentials& who);

// The message names both, the user in the header and who proves to be another.
bool scram_names_both(const Credentials& who);

// The client says it could bind a channel, were we to offer that.  A backend
// that does offer it must then refuse (RFC 5802 section 6).
bool scram_expects_no_plus(const Credentials& who);

}  // namespace postern
