#include "proxy/tls/server_setup.h"

#include <algorithm>
#include <new>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "proxy/base/ascii.h"
#include "proxy/tls/alpn.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/client_certificates.h"
#include "proxy/tls/error.h"
#include "proxy/tls/server_name.h"
#include "proxy/tls/strength.h"
#include "proxy/tls/ticket_keys.h"
#include "proxy/tls/wire.h"

namespace postern {
namespace {

// We have seen the name: the client is told so, and it is kept with the session
// for the log of the next one.
int acknowledge_name(SSL*, int*, void*) {
  return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<const Shown> load_fallback(
    const TlsServerOptions& options, const std::shared_ptr<const Shown>& before,
    TlsProblems& problems) {
  TlsProblems found;
  KeyPair pair = load_key_pair(default_source(options), found);
  const bool unreadable = !hint_about_reading(options.key_file).empty() ||
                          !hint_about_reading(options.cert_file).empty() ||
                          !hint_about_reading(options.passphrase_file).empty();
  const bool keep = !pair && unreadable && before && !before->pairs.empty();
  for (TlsProblem& problem : found)
    problems.push_back(
        {std::move(problem.setting),
         problem.text + (keep ? "; what was read at start is served" : ""),
         problem.warning || keep});
  if (keep) return before;
  if (!pair) return nullptr;
  auto shown = std::make_shared<Shown>();
  shown->identity = "default";
  for (const std::string& name : certificate_names(pair.leaf.get()))
    shown->identity += " " + name;
  shown->pairs.push_back(std::move(pair));
  return shown;
}

}  // namespace

ServerSetup::ServerSetup(const TlsServerOptions& options,
                         std::shared_ptr<Certificates> certificates,
                         const std::shared_ptr<const Shown>& before,
                         TlsProblems& problems)
    : context_(SSL_CTX_new(TLS_server_method())),
      certificates_(std::move(certificates)),
      alpn_(options.alpn),
      strict_(options.sni_strict),
      rules_(options.alpn + " " + rules_for_clients(options)) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX* context = context_.get();
  set_strength(context,
               {.settings = "ssl_listen",
                .profile = options.profile,
                .ciphers = options.ciphers,
                .suites = options.suites,
                .groups = options.groups,
                .min_version = options.min_version,
                .max_version = options.max_version},
               problems);
  if (!options.dh_params_file.empty())
    use_dh_parameters(context, options.dh_params_file, problems);
  if (options.server_preference)
    SSL_CTX_set_options(
        context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_num_tickets(context, 0);  // one, after the login
  use_ticket_keys(context);
  if (!alpn_.empty()) accept_alpn(context, alpn_);
  SSL_CTX_set_tlsext_servername_callback(context, acknowledge_name);
  if (certificates_ || strict_)
    SSL_CTX_set_client_hello_cb(context, on_hello, this);
  ask_for_certificates(context, options, problems);
  if (!options.cert_file.empty() || !certificates_)
    if (auto shown = load_fallback(options, before, problems))
      set_fallback(std::move(shown), options.cert_file, problems);
  SSL_CTX_set_tlsext_status_cb(context, on_status);
  SSL_CTX_set_tlsext_status_arg(context, this);
  const std::string bound = session_context(fallback_->identity);
  SSL_CTX_set_session_id_context(
      context, reinterpret_cast<const unsigned char*>(bound.data()),
      static_cast<unsigned>(bound.size()));
}

void ServerSetup::set_fallback(std::shared_ptr<const Shown> shown,
                               const std::string& file, TlsProblems& problems) {
  for (const KeyPair& pair : shown->pairs)
    if (const Status done = show(context_.get(), pair); !done)
      problems.push_back(
          {"ssl_cert_file", printable(file) + ": " + done.error().text});
  fallback_ = std::move(shown);
}

// A ticket is good only for the names, the protocol and the rules for client
// certificates it was given under: it must not carry a session from one service
// to another, nor past a certificate that is required (CVE-2025-23419).
std::string ServerSetup::session_context(const std::string& identity) const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const std::string all = identity + "\n" + rules_;
  EVP_Digest(all.data(), all.size(), digest, &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

void ServerSetup::bind(SSL* ssl, const std::string& identity) const {
  const std::string bound = session_context(identity);
  SSL_set_session_id_context(
      ssl, reinterpret_cast<const unsigned char*>(bound.data()),
      static_cast<unsigned>(bound.size()));
}

bool ServerSetup::fallback_is_for(const std::string& host) const {
  return std::ranges::any_of(fallback_->pairs, [&](const KeyPair& pair) {
    return X509_check_host(pair.leaf.get(), host.data(), host.size(),
                           X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
  });
}

// After OpenSSL has chosen among several certificates.
bool ServerSetup::give_status(SSL* ssl) const {
  const Shown* by_name = Wire::of(ssl).shown();
  const Shown& shown = by_name != nullptr ? *by_name : *fallback_;
  const X509* chosen = SSL_get_certificate(ssl);
  const auto pair = std::ranges::find_if(shown.pairs, [&](const KeyPair& each) {
    return each.leaf.get() == chosen;
  });
  if (pair == shown.pairs.end() || !pair->staple ||
      !give_staple(ssl, *pair->staple))
    return false;
  Wire::of(ssl).note_staple();
  return true;
}

int ServerSetup::on_status(SSL* ssl, void* self) {
  return static_cast<const ServerSetup*>(self)->give_status(ssl)
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_NOACK;
}

int ServerSetup::on_hello(SSL* ssl, int* alert, void* self) {
  return static_cast<const ServerSetup*>(self)->choose(ssl, alert);
}

// Before a session is resumed, so that the ticket can be judged by the name.
int ServerSetup::choose(SSL* ssl, int* alert) const {
  const std::string_view asked = server_name_of_hello(ssl);
  const auto host = clean_host_name(asked);
  const auto shown =
      host && certificates_ ? certificates_->find(*host) : nullptr;
  if (shown) {
    bind(ssl, shown->identity);
    Wire::of(ssl).keep(shown);
    if (show(ssl, *shown)) return SSL_CLIENT_HELLO_SUCCESS;
    Wire::of(ssl).blame("the certificate for " + *host +
                        " cannot be used: " + take_openssl_error());
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
  }
  if (!strict_ || (host && fallback_is_for(*host))) {
    // RFC 6066 section 3: no session is resumed under another name.
    if (host) bind(ssl, fallback_->identity + " for " + *host);
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  Wire::of(ssl).blame(asked.empty() ? "the client asks for no name (SNI)"
                                    : "no certificate for the name the client "
                                      "asks for (SNI " +
                                          printable(asked, 64) + ")");
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_CLIENT_HELLO_ERROR;
}

}  // namespace postern
