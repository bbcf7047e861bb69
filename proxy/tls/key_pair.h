// A certificate, its key and the certificates that lead to a root: what a
// server shows.  Read from PEM files at load, never while serving.

#pragma once

#include <string>

#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

struct KeyPair {
  CertificatePtr leaf;
  CertificatesPtr chain;  // issuers, nearest first, without the root
  KeyPtr key;
};

// What could not be read is missing from the result and named in `problems`.
KeyPair load_key_pair(const TlsServerOptions& options, TlsProblems& problems);

// Every certificate of a PEM file, at least one.
Result<CertificatesPtr> read_certificates(const std::string& path);

}  // namespace postern
