// What many TLS connections share: certificate, key, trust, versions, ciphers.
// Any thread may use it; part of the configuration snapshot.  What it is made
// of never changes, but certificates are renewed (refresh()).

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/address.h"
#include "proxy/base/log.h"
#include "proxy/base/result.h"
#include "proxy/tls/engine.h"

namespace postern {

// Whether clients are asked for a certificate.  One that cannot be verified
// ends the handshake in either mode.
enum class ClientCertificates { Off, Optional, Required };

// Listening.  File names as configured; empty means not set.
struct TlsServerOptions {
  std::string cert_file;  // PEM, leaf first
  std::string key_file;
  std::string passphrase_file;  // first line is the key's passphrase
  int passphrase_fd = -1;       // the same from a descriptor; -1: none
  bool open_keys = false;       // serve with keys that everybody can read
  std::string chain_file;       // further certificates to complete the chain
  std::string cert_dir;         // certificates by SNI; cert_file and key_file
                                // are for who asks for none of them
  bool sni_strict = false;      // who does is refused
  uint64_t cert_cache_size = 1000;  // names of cert_dir kept in memory
  std::string profile;         // Mozilla's "modern", "intermediate", "old";
                               // empty: intermediate.  The rest goes before:
  std::string ciphers;         // TLS 1.2 and older; OpenSSL's syntax
  std::string suites;          // TLS 1.3
  std::string groups;          // of key exchange, OpenSSL's syntax
  std::string dh_params_file;  // PEM; empty: the standard groups
  std::string min_version;     // "tlsv1" "tlsv1.1" "tlsv1.2" "tlsv1.3"
  std::string max_version;     // empty: the newest there is
  bool server_preference = true;
  std::string alpn;  // the one protocol name we accept ("imap"); a client that
                     // offers only others is refused (ALPACA, RFC 7301)

  ClientCertificates client_certificates = ClientCertificates::Off;
  std::string client_ca_file;  // who may sign them: a file of PEM,
  std::string client_ca_path;  // or a directory of hashed names
  std::string client_crl_file;
  int client_verify_depth = 9;
};

// Session tickets of all services: what a client that comes back saves itself
// a handshake with.
struct TicketOptions {
  std::string key_file;  // of 80 octets each: the first encrypts, all decrypt;
                         // empty: keys of our own, made anew once a lifetime
  uint64_t lifetime_seconds = 43200;
};

// Towards backends.
struct TlsClientOptions {
  std::string ca_file;
  std::string ca_path;
  bool system_trust = true;  // only if neither file nor path is given
  std::string crl_file;      // revocation lists; empty: nothing is revoked
  // The server's key must be one of these; see is_pin().  Beside the other
  // checks, but instead of them where the chain is not verified.
  std::vector<std::string> pins;
  std::string name;  // to ask for and to expect, instead of the host's
  // What we show of ourselves; empty: nothing.
  std::string cert_file;
  std::string key_file;
  std::string passphrase_file;
  bool open_keys = false;  // show it with a key that everybody can read
  std::string ciphers;
  std::string suites;
  std::string groups;
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
  bool dated = false;    // comes and goes with time alone
};

using TlsProblems = std::vector<TlsProblem>;

// What happened to files while we served, for the log.
struct TlsNews {
  LogLevel level;
  std::string text;
};

class TlsContext {
 public:
  virtual ~TlsContext() = default;

  // Reads every file.  Fault::Config names setting, file and reason.
  // `before`: the one that is to be replaced, if there is one; its certificate
  // is served on if it cannot be read any more since root has been left.
  static Result<std::shared_ptr<const TlsContext>> server(
      const TlsServerOptions& options, const TlsContext* before = nullptr);
  static Result<std::shared_ptr<const TlsContext>> client(
      const TlsClientOptions& options);

  // A fresh engine.  `peer`: client side only, the backend as it is configured.
  // Its name or address is sent as SNI (names only) and verified (RFC 7817); a
  // session with the same host and port may be resumed.  An engine that has to
  // verify a name but was given none refuses to start.
  virtual std::unique_ptr<TlsEngine> make_engine(
      const Endpoint& peer = {}) const = 0;

  // Server side: looks for files that have changed since they were read and
  // takes them over for new connections; what cannot be used changes nothing.
  // Files in the middle of a change are left alone unless `at_once`.  Blocks,
  // and belongs to one thread; any other may use the context meanwhile.
  virtual std::vector<TlsNews> refresh(bool /*at_once*/) const { return {}; }

  // What is served, for lines at start: "FILE: mail.example (ECDSA P-256, 83
  // days left)".
  virtual std::vector<std::string> certificates() const { return {}; }
  // Nothing is shown before or after its time.
  virtual bool valid_now() const { return true; }
  // What is wrong with them without keeping them from being served; which of
  // them, as far as they are in memory, expire within days.
  virtual std::vector<std::string> warnings() const { return {}; }
};

// At start and at each reload, before contexts are made.
Status configure_tickets(const TicketOptions& options);

// As TlsContext::refresh(), for what all contexts share: directories of
// certificates and ticket keys.
std::vector<TlsNews> refresh_tls(bool at_once);

// "sha256//" and the base64 of 32 octets.
bool is_pin(std::string_view text);

// Everything wrong with the options, for --check; empty when all is well.
TlsProblems check_tls(const TlsServerOptions& options);
TlsProblems check_tls(const TlsClientOptions& options);
TlsProblems check_tls(const TicketOptions& options);

// What --check says of certificates beyond whether they can be used.
struct CertificateReport {
  std::vector<std::string> found;  // "FILE: mail.example (ECDSA P-256, 83 days
                                   // left)"
  TlsProblems problems;            // of ssl_cert_dir
};

// Reads every certificate that `options` name, those of a directory too: some
// tenths of a millisecond for each.
CertificateReport report_certificates(const TlsServerOptions& options);

// Existing files that have to be readable when certificates are renewed, or
// first asked for.
std::vector<std::string> files_read_again(const TlsServerOptions& options);

}  // namespace postern
