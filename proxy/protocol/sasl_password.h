// The SASL mechanisms that tell a password (RFC 4616 PLAIN, the LOGIN draft).

#pragma once

#include <memory>

#include "proxy/protocol/sasl.h"

namespace postern {

std::unique_ptr<Sasl> make_plain(SaslRules rules);
std::unique_ptr<Sasl> make_login(SaslRules rules);

}  // namespace postern
