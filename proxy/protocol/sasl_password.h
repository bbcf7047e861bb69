// The SASL mechanisms that tell a password (RFC 4616 PLAIN, the LOGIN draft).

#pragma once

#include <memory>

#include "proxy/protocol/sasl.h"

namespace postern {

std::unique_ptr<Sasl> make_plain(SaslLimits limits);
std::unique_ptr<Sasl> make_login(SaslLimits limits);

}  // namespace postern
