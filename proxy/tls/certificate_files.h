// The files of one name in a directory of certificates, and what becomes of
// them.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proxy/tls/certificate_index.h"
#include "proxy/tls/context.h"
#include "proxy/tls/key_pair.h"
#include "proxy/tls/shown.h"

namespace postern {

// A directory of certificates and how its keys may be.
struct CertificateDirectory {
  std::string path;
  std::string passphrase_file;
  int passphrase_fd = -1;
  bool open_keys = false;
  bool operator==(const CertificateDirectory&) const = default;
};

// ssl_cert_dir and what else there is to know.
CertificateDirectory directory_of(const TlsServerOptions& options);

// A pair for each certificate file that exists now; empty if there is none.
std::vector<KeyPairSource> pairs_at(const CertificateDirectory& directory,
                                    const CertificatePlace& place);

// All files that could change what is shown.
std::vector<std::string> files_at(const CertificateDirectory& directory,
                                  const CertificatePlace& place);

// Reads what `name` shows; nullptr if any of it cannot be used, and `problems`
// say why.  Takes some tenths of a millisecond: small files, no chain to build.
std::shared_ptr<const Shown> load_shown(const CertificateDirectory& directory,
                                        const std::string& name,
                                        const CertificatePlace& place,
                                        TlsProblems& problems);

}  // namespace postern
