// Whom a client's certificate lets in without a password (SASL EXTERNAL).

#pragma once

#include <string>
#include <vector>

#include "proxy/protocol/action.h"
#include "proxy/session/service.h"
#include "proxy/tls/engine.h"

namespace postern {

// Whose the certificate is that the client has shown, by the field that names
// its user.  None if it was not verified, or has a name that is none.
std::vector<std::string> certificate_users(const TlsEngine& tls,
                                           const ServiceOptions& options);

// `who` logs in by EXTERNAL, with the name that the client has asked for or
// none: from here on it is one that the certificate proves, by which `users`
// are named.  Fault::Denied: it does not let its bearer in under that name.
Status name_by_certificate(Credentials& who,
                           const std::vector<std::string>& users,
                           const ServiceOptions& options);

}  // namespace postern
