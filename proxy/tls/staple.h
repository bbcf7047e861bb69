// OCSP stapling (RFC 6066 section 8, RFC 6960): what the authority says of our
// certificate, kept in a file beside it by whoever fetches it, and handed to
// clients that ask.

#pragma once

#include <ctime>
#include <optional>
#include <string>

#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

struct Staple {
  std::string response;  // DER
  time_t good_until = 0;
};

// The response in `path` about `leaf`, if there is such a file.  One that is
// not good (another certificate's, not signed by `issuer`, revoked, out of
// date) is left out with a warning; `issuer` may be nullptr: unknown.
std::optional<Staple> load_staple(X509* leaf, X509* issuer,
                                  const std::string& setting,
                                  const std::string& path,
                                  TlsProblems& problems);

// Hands it to the client of `ssl`, from inside the status callback; false if
// its time is over.
bool give_staple(SSL* ssl, const Staple& staple);
// What was handed over has been sent: its memory is not kept with the
// connection.
void drop_staple(SSL* ssl);

}  // namespace postern
