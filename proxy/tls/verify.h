// Whether a backend's certificate is good enough, after RFC 7817 and
// Perdition's relaxations.

#pragma once

#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

// Anybody may be the backend.
bool verifies_nothing(const TlsClientOptions& options);

// `options` must live as long as `context`.  The name to expect is set for each
// connection.
void set_verification(SSL_CTX* context, const TlsClientOptions& options);

}  // namespace postern
