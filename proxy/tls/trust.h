// Whom certificates of the other side may be signed by, and which of them have
// been revoked: files of authorities and of revocation lists, for either
// direction.

#pragma once

#include <string>

#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

// A file or directory and the setting that names it; an empty path is not set.
struct TrustFile {
  std::string setting;
  std::string path;
};

// Every certificate of a PEM file.
void trust_file(X509_STORE* store, const TrustFile& file,
                TlsProblems& problems);

// A directory of hashed names, looked into only when a certificate is needed.
void trust_path(X509_STORE* store, const TrustFile& directory,
                TlsProblems& problems);

// Revocation lists in PEM: from now on every certificate that a peer shows must
// have a list of its issuer's that does not name it.
void use_revocation_lists(X509_STORE* store, const TrustFile& file,
                          TlsProblems& problems);

}  // namespace postern
