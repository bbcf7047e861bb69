// How strong TLS has to be: versions, ciphers and groups.  The defaults are
// Mozilla's "intermediate" profile.

#pragma once

#include <string>

#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

struct Strength {
  std::string settings;  // what the settings' names begin with: "ssl_listen"
  std::string ciphers;
  std::string min_version;
  std::string max_version;
};

// Also what every connection of either direction needs: no renegotiation, no
// compression, no session cache, no buffers while idle.
void set_strength(SSL_CTX* context, const Strength& wanted,
                  TlsProblems& problems);

// 0x0303 is "TLSv1.2".
std::string version_name(int version);

}  // namespace postern
