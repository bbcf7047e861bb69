// What many TLS connections share: certificate, key, trust, versions, ciphers.
// Immutable once made, so any thread may use it; part of the configuration
// snapshot.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/tls/engine.h"

namespace postern {

// Listening.  File names as configured; empty means not set.
struct TlsServerOptions {
  std::string cert_file;  // PEM, leaf first
  std::string key_file;
  std::string passphrase_file;  // first line is the key's passphrase
  std::string chain_file;       // further certificates to complete the chain
  std::string ciphers;          // TLS 1.2 and older; OpenSSL's syntax
  std::string min_version;      // "tlsv1" "tlsv1.1" "tlsv1.2" "tlsv1.3"
  std::string max_version;      // empty: the newest there is
  bool server_preference = true;
  std::string alpn;  // the one protocol name we accept ("imap"); a client that
                     // offers only others is refused (ALPACA, RFC 7301)
};

// Towards backends.
struct TlsClientOptions {
  std::string ca_file;
  std::string ca_path;
  bool system_trust = true;  // only if neither file nor path is given
  std::string ciphers;
  std::string min_version;
  std::string max_version;
  bool verify_chain = true;
  bool verify_name = true;
  bool accept_self_signed = false;  // ssl_cert_accept_self_signed, ssl_ca_…
  bool accept_expired = false;
  bool accept_not_yet_valid = false;
  int verify_depth = 9;
  std::string alpn;  // offered to the backend; empty: none is
};

// One problem found in TLS settings, e.g. {"ssl_key_file", "…: does not match
// the certificate"}: --check prints them all.
struct TlsProblem {
  std::string setting;
  std::string text;
  bool warning = false;  // serves nevertheless (expired, readable by others)
};

using TlsProblems = std::vector<TlsProblem>;

class TlsContext {
 public:
  virtual ~TlsContext() = default;

  // Reads every file.  Fault::Config names setting, file and reason.
  static Result<std::shared_ptr<const TlsContext>> server(
      const TlsServerOptions& options);
  static Result<std::shared_ptr<const TlsContext>> client(
      const TlsClientOptions& options);

  // A fresh engine.  `host`: client side only, the name or address the backend
  // was configured by: sent as SNI (names only) and verified (RFC 7817).  An
  // engine that has to verify a name but was given none refuses to start.
  virtual std::unique_ptr<TlsEngine> make_engine(
      const std::string& host = {}) const = 0;
};

// Everything wrong with the options, for --check; empty when all is well.
TlsProblems check_tls(const TlsServerOptions& options);
TlsProblems check_tls(const TlsClientOptions& options);

// For a line at start: "mail.example, *.example (ECDSA P-256, 83 days left)".
Result<std::string> describe_certificate(const TlsServerOptions& options);

}  // namespace postern
