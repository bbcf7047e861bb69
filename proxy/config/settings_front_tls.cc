// Settings of TLS with clients that Perdition does not have; its own are in
// settings_tls.cc.

#include <iterator>
#include <string>

#include "proxy/base/ascii.h"
#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

template <class Value, auto Member>
constexpr Kind kListen = kKind<Value, &ServiceOptions::tls_front, Member>;

// In the order of ClientCertificates.
constexpr std::string_view kVerifyModes[] = {"off", "optional", "required"};

struct ClientCertificateMode {
  using Type = ClientCertificates;
  static constexpr std::string_view kPlaceholder = "off|optional|required";
  static Result<Type> parse(std::string_view text) {
    for (size_t i = 0; i < std::size(kVerifyModes); ++i)
      if (same_text(text, kVerifyModes[i])) return static_cast<Type>(i);
    return unexpected(text, "off, optional or required");
  }
  static std::string print(Type mode) {
    return std::string(kVerifyModes[static_cast<size_t>(mode)]);
  }
};

struct ProfileName {
  using Type = std::string;
  static constexpr std::string_view kPlaceholder = "modern|intermediate|old";
  static Result<std::string> parse(std::string_view text) {
    for (const std::string_view word : {"modern", "intermediate", "old"})
      if (same_text(text, word)) return std::string(word);
    return unexpected(text, "modern, intermediate or old");
  }
  static std::string print(const std::string& profile) {
    return profile.empty() ? "intermediate" : profile;
  }
};

// -1, which is not written, for none.
struct Descriptor {
  using Type = int;
  static constexpr std::string_view kPlaceholder = "NUMBER";
  static Result<int> parse(std::string_view text) {
    if (text.empty()) return -1;
    constexpr uint64_t kMost = 65535;
    const auto number = parse_count(text, 0, kMost);
    if (!number) return number.error();
    return static_cast<int>(*number);
  }
  static std::string print(int descriptor) {
    return descriptor < 0 ? "" : std::to_string(descriptor);
  }
};

const Setting kFrontTlsSettings[] = {
    {"ssl_cert_dir", 0, Scope::Service,
     kListen<DirectoryName, &TlsServerOptions::cert_dir>,
     "certificates by the name that clients ask for: NAME/fullchain.pem with "
     "NAME/privkey.pem, or NAME.pem"},
    {"ssl_sni_strict", 0, Scope::Service,
     kListen<Flag, &TlsServerOptions::sni_strict>,
     "refuse clients that ask for a name we have no certificate for, or for "
     "none"},
    {"ssl_cert_cache_size", 0, Scope::Service,
     kListen<Number<1, 1000000>, &TlsServerOptions::cert_cache_size>,
     "names of ssl_cert_dir that are kept in memory"},
    {"ssl_allow_open_keys", 0, Scope::Service,
     kListen<Flag, &TlsServerOptions::open_keys>,
     "serve with private keys that everybody on this machine can read"},
    {"ssl_passphrase_fd", 0, Scope::Service,
     kListen<Descriptor, &TlsServerOptions::passphrase_fd>,
     "the key's passphrase, as the first line that can be read from a "
     "descriptor"},
    {"ssl_watch_interval", 0, Scope::Global,
     kKind<Time<1000>, &ServerOptions::tls_watch_ms>,
     "how often to look for certificates that have been renewed"},
    {"ssl_profile", 0, Scope::Service,
     kListen<ProfileName, &TlsServerOptions::profile>,
     "how strong TLS with clients is, after Mozilla's guideline; single "
     "settings go before it"},
    {"ssl_listen_ciphersuites", 0, Scope::Service,
     kListen<Text, &TlsServerOptions::suites>,
     "cipher suites of TLS 1.3 for clients; empty: all three that are usual"},
    {"ssl_listen_groups", 0, Scope::Service,
     kListen<Text, &TlsServerOptions::groups>,
     "groups of key exchange for clients; empty: X25519:P-256:P-384"},
    {"ssl_dh_params_file", 0, Scope::Service,
     kListen<FileName, &TlsServerOptions::dh_params_file>,
     "parameters for ciphers with DHE in PEM; empty: the standard groups"},
    {"ssl_ticket_lifetime", 0, Scope::Global,
     kKind<WholeSeconds<60>, &ServerOptions::tickets,
           &TicketOptions::lifetime_seconds>,
     "how long a session can be resumed, and a key for that is used"},
    {"ssl_ticket_key_file", 0, Scope::Global,
     kKind<FileName, &ServerOptions::tickets, &TicketOptions::key_file>,
     "keys of session tickets, shared with other proxies: 80 octets each; "
     "empty: keys of our own"},
    {"ssl_client_cert_verify", 0, Scope::Service,
     kListen<ClientCertificateMode, &TlsServerOptions::client_certificates>,
     "ask clients for a certificate: off, optional (one that is not good ends "
     "the connection) or required"},
    {"ssl_client_ca_file", 0, Scope::Service,
     kListen<FileName, &TlsServerOptions::client_ca_file>,
     "authorities that may sign clients' certificates; with ssl_client_ca_path "
     "empty too: those of ssl_ca_file and ssl_ca_path"},
    {"ssl_client_ca_path", 0, Scope::Service,
     kListen<DirectoryName, &TlsServerOptions::client_ca_path>,
     "the same as a directory of hashed files"},
    {"ssl_client_crl_file", 0, Scope::Service,
     kListen<FileName, &TlsServerOptions::client_crl_file>,
     "revocation lists of these authorities in PEM; empty: nothing is revoked"},
    {"ssl_client_cert_depth", 0, Scope::Service,
     kListen<Number<0, 100>, &TlsServerOptions::client_verify_depth>,
     "certificates there may be between a client's and its root"},
    {"ssl_no_client_cert_verify", 0, Scope::Service,
     kKind<Flag, &Draft::no_client_certificates>,
     "never ask clients for certificates, as by default"},
};

}  // namespace

std::span<const Setting> front_tls_settings() {
  return kFrontTlsSettings;
}

}  // namespace postern
