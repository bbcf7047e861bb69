// Settings of TLS on both sides, with Perdition's names.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/ssl_mode.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

template <class Value, auto Member>
constexpr Kind kListen = kKind<Value, &ServiceOptions::tls_front, Member>;
template <class Value, auto Member>
constexpr Kind kOutgoing =
    kKind<Value, &ServiceOptions::back, &BackSideOptions::tls, Member>;

constexpr Kind kSslMode = {"MODE,...", add_ssl_mode, show_ssl_mode,
                           clear_ssl_mode};

Status add_pins(Draft& draft, std::string_view value) {
  std::vector<std::string> pins;
  for (const std::string_view word : words_of_list(value)) {
    if (!is_pin(word))
      return unexpected(word,
                        "sha256// and the base64 of 32 octets, 44 characters");
    pins.emplace_back(word);
  }
  std::vector<std::string>& all = draft.service.back.tls.pins;
  all.insert(all.end(), pins.begin(), pins.end());
  return Done{};
}

constexpr Kind kPins = {
    "PIN,...", add_pins,
    [](const Draft& draft) { return draft.service.back.tls.pins; },
    [](Draft& draft) { draft.service.back.tls.pins.clear(); }};

const Setting kTlsSettings[] = {
    per_pool(
        {"ssl_mode", 0, Scope::Service, kSslMode,
         "none, ssl_listen, ssl_outgoing, ssl_all, tls_listen, tls_outgoing, "
         "tls_all, tls_listen_force, tls_outgoing_force, tls_all_force; unset: "
         "ssl_all for IMAP4S and POP3S, none for IMAP4 and POP3"},
        add_outgoing_ssl_mode),
    {"ssl_cert_file", 0, Scope::Service,
     kListen<FileName, &TlsServerOptions::cert_file>,
     "certificate for clients in PEM, its issuers may follow"},
    {"ssl_key_file", 0, Scope::Service,
     kListen<FileName, &TlsServerOptions::key_file>, "its private key in PEM"},
    {"ssl_passphrase_file", 0, Scope::Service,
     kListen<FileName, &TlsServerOptions::passphrase_file>,
     "the key's passphrase, in the first line"},
    {"ssl_ca_chain_file", 0, Scope::Service,
     kListen<FileName, &TlsServerOptions::chain_file>,
     "further certificates that complete the chain of ssl_cert_file"},
    {"ssl_listen_ciphers", 0, Scope::Service,
     kListen<Text, &TlsServerOptions::ciphers>,
     "ciphers for clients up to TLS 1.2, in OpenSSL's words; empty: a safe "
     "list"},
    {"ssl_listen_min_proto_version", 0, Scope::Service,
     kListen<TlsVersion, &TlsServerOptions::min_version>,
     "oldest version for clients: tlsv1, tlsv1.1, tlsv1.2 or tlsv1.3; empty: "
     "tlsv1.2"},
    {"ssl_listen_max_proto_version", 0, Scope::Service,
     kListen<TlsVersion, &TlsServerOptions::max_version>,
     "newest version for clients; empty: the newest there is"},
    {"ssl_no_cipher_server_preference", 0, Scope::Service,
     kListen<NegatedFlag, &TlsServerOptions::server_preference>,
     "let the client's order of ciphers decide"},
    per_pool(
        {"ssl_ca_file", 0, Scope::Service,
         kOutgoing<FileName, &TlsClientOptions::ca_file>,
         "authorities that backends' certificates are checked against; with "
         "ssl_ca_path empty too: the system's"}),
    per_pool({"ssl_ca_path", 0, Scope::Service,
              kOutgoing<DirectoryName, &TlsClientOptions::ca_path>,
              "the same as a directory of hashed files"}),
    per_pool({"ssl_crl_file", 0, Scope::Service,
              kOutgoing<FileName, &TlsClientOptions::crl_file>,
              "revocation lists of the authorities that sign backends' "
              "certificates, in PEM; empty: nothing is revoked"}),
    per_pool({"ssl_cert_accept_self_signed", 0, Scope::Service,
              kOutgoing<Flag, &TlsClientOptions::accept_self_signed>,
              "accept a backend whose certificate, or its root, is self-signed",
              Support::Works, "ssl_ca_accept_self_signed"}),
    per_pool({"ssl_cert_accept_expired", 0, Scope::Service,
              kOutgoing<Flag, &TlsClientOptions::accept_expired>,
              "accept a backend whose certificate has expired"}),
    per_pool({"ssl_cert_accept_not_yet_valid", 0, Scope::Service,
              kOutgoing<Flag, &TlsClientOptions::accept_not_yet_valid>,
              "accept a backend whose certificate is not valid yet"}),
    per_pool({"ssl_cert_verify_depth", 0, Scope::Service,
              kOutgoing<Number<0, 100>, &TlsClientOptions::verify_depth>,
              "certificates there may be between a backend's and its root"}),
    per_pool({"ssl_no_cert_verify", 0, Scope::Service,
              kOutgoing<NegatedFlag, &TlsClientOptions::verify_chain>,
              "do not check who signed a backend's certificate"}),
    per_pool({"ssl_no_cn_verify", 0, Scope::Service,
              kOutgoing<NegatedFlag, &TlsClientOptions::verify_name>,
              "do not check whose name a backend's certificate bears"}),
    per_pool({"ssl_outgoing_pin", 0, Scope::Service, kPins,
              "keys of which a backend must have one: sha256// and the base64 "
              "of a digest; instead of all other checks with "
              "ssl_no_cert_verify, else beside them"}),
    per_pool({"ssl_outgoing_name", 0, Scope::Service,
              kOutgoing<Name, &TlsClientOptions::name>,
              "name that backends are asked for and that their certificates "
              "bear; empty: the one each is configured by"}),
    per_pool({"ssl_outgoing_cert_file", 0, Scope::Service,
              kOutgoing<FileName, &TlsClientOptions::cert_file>,
              "certificate to show to backends in PEM, its issuers may follow; "
              "empty: none"}),
    per_pool({"ssl_outgoing_key_file", 0, Scope::Service,
              kOutgoing<FileName, &TlsClientOptions::key_file>,
              "its private key in PEM"}),
    per_pool({"ssl_outgoing_passphrase_file", 0, Scope::Service,
              kOutgoing<FileName, &TlsClientOptions::passphrase_file>,
              "the passphrase of ssl_outgoing_key_file, in the first line"}),
    per_pool({"ssl_outgoing_ciphers", 0, Scope::Service,
              kOutgoing<Text, &TlsClientOptions::ciphers>,
              "ciphers for backends up to TLS 1.2; empty: a safe list"}),
    per_pool({"ssl_outgoing_ciphersuites", 0, Scope::Service,
              kOutgoing<Text, &TlsClientOptions::suites>,
              "cipher suites of TLS 1.3 for backends; empty: the usual three"}),
    per_pool(
        {"ssl_outgoing_groups", 0, Scope::Service,
         kOutgoing<Text, &TlsClientOptions::groups>,
         "groups of key exchange for backends; empty: X25519:P-256:P-384"}),
    per_pool({"ssl_outgoing_min_proto_version", 0, Scope::Service,
              kOutgoing<TlsVersion, &TlsClientOptions::min_version>,
              "oldest version for backends; empty: tlsv1.2"}),
    per_pool({"ssl_outgoing_max_proto_version", 0, Scope::Service,
              kOutgoing<TlsVersion, &TlsClientOptions::max_version>,
              "newest version for backends; empty: the newest there is"}),
};

}  // namespace

std::span<const Setting> tls_settings() {
  return kTlsSettings;
}

}  // namespace postern
