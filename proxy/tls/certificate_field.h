// Whom a client's certificate is about: the values of one field of it.

#pragma once

#include <string>
#include <vector>

#include <openssl/x509.h>

#include "proxy/tls/engine.h"

namespace postern {

// All of them, in UTF-8 and unchecked: they may hold any octet.  None if one
// cannot be read.
std::vector<std::string> names_in_field(X509* certificate,
                                        CertificateField field);

}  // namespace postern
