// Certificates that clients show (mutual TLS): whether they are asked for one,
// and who may have signed it.

#pragma once

#include <string>

#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

// Nothing if clients are not asked.
void ask_for_certificates(SSL_CTX* context, const TlsServerOptions& options,
                          TlsProblems& problems);

// What a session ticket has to be bound to, so that no session that began
// under other rules is resumed: the same text for the same rules, down to the
// contents of the files of authorities and revocation lists.
std::string rules_for_clients(const TlsServerOptions& options);

}  // namespace postern
