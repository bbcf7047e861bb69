// How strong TLS has to be: versions, ciphers and groups, after one of
// Mozilla's profiles and what single settings say instead.

#pragma once

#include <string>

#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

// What is empty is the profile's.
struct Strength {
  std::string settings;  // what the settings' names begin with: "ssl_listen"
  std::string profile;   // empty: intermediate
  std::string ciphers;   // TLS 1.2 and older
  std::string suites;    // TLS 1.3
  std::string groups;    // of key exchange
  std::string min_version;
  std::string max_version;
};

// Also what every connection of either direction needs: no renegotiation, no
// compression, no session cache, no buffers while idle.
void set_strength(SSL_CTX* context, const Strength& wanted,
                  TlsProblems& problems);

// The server's parameters for ciphers with DHE, from a PEM file.
void use_dh_parameters(SSL_CTX* context, const std::string& file,
                       TlsProblems& problems);

// 0x0303 is "TLSv1.2".
std::string version_name(int version);

}  // namespace postern
