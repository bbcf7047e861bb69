// ALPN (RFC 7301): the one protocol a service speaks.

#pragma once

#include <string>

#include <openssl/ssl.h>

namespace postern {

// A client that offers only others is refused, so that nothing meant for
// another protocol ends here (ALPACA); one that offers none is not.  `name`
// must live as long as `context`.
void accept_alpn(SSL_CTX* context, const std::string& name);

}  // namespace postern
