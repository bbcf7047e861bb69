// Pinned keys: a certificate's public key by its digest, in the form that curl
// and RFC 7469 made known, "sha256//" and the base64 of the SHA-256 of its
// SubjectPublicKeyInfo.

#pragma once

#include <string>
#include <string_view>

#include <openssl/x509.h>

namespace postern {

std::string pin_of(X509* certificate);

}  // namespace postern
