// The context towards backends.

#include <memory>
#include <new>
#include <tuple>
#include <utility>

#include <openssl/err.h>

#include "proxy/base/address.h"
#include "proxy/base/ascii.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/context.h"
#include "proxy/tls/error.h"
#include "proxy/tls/findings.h"
#include "proxy/tls/key_pair.h"
#include "proxy/tls/session_store.h"
#include "proxy/tls/ssl_engine.h"
#include "proxy/tls/strength.h"
#include "proxy/tls/system_trust.h"
#include "proxy/tls/trust.h"
#include "proxy/tls/verify.h"

namespace postern {
namespace {

class ClientContext final : public TlsContext,
                            public std::enable_shared_from_this<ClientContext> {
 public:
  ClientContext(const TlsClientOptions& options, TlsProblems& problems);

  std::unique_ptr<TlsEngine> make_engine(const Endpoint& peer) const override;

 private:
  void trust(TlsProblems& problems);
  void refuse_anonymous(TlsProblems& problems);
  void show_certificate(TlsProblems& problems);
  void keep_sessions();
  void offer_alpn();

  const TlsClientOptions options_;
  const SslContextPtr context_;
  const std::shared_ptr<SessionStore> sessions_;
};

ClientContext::ClientContext(const TlsClientOptions& options,
                             TlsProblems& problems)
    : options_(options),
      context_(SSL_CTX_new(TLS_client_method())),
      sessions_(std::make_shared<SessionStore>()) {
  if (!context_) throw std::bad_alloc();
  set_strength(context_.get(),
               {.settings = "ssl_outgoing",
                .profile = {},
                .ciphers = options.ciphers,
                .suites = options.suites,
                .groups = options.groups,
                .min_version = options.min_version,
                .max_version = options.max_version},
               problems);
  refuse_anonymous(problems);
  trust(problems);
  set_verification(context_.get(), options_);
  show_certificate(problems);
  keep_sessions();
  if (!options_.alpn.empty()) offer_alpn();
}

void ClientContext::trust(TlsProblems& problems) {
  X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
  const auto& [file, path] = std::tie(options_.ca_file, options_.ca_path);
  if (!file.empty()) trust_file(store, {"ssl_ca_file", file}, problems);
  if (!path.empty()) trust_path(store, {"ssl_ca_path", path}, problems);
  if (!options_.crl_file.empty())
    use_revocation_lists(store, {"ssl_crl_file", options_.crl_file}, problems);
  if (!file.empty() || !path.empty()) return;
  if (options_.system_trust && options_.crl_file.empty())
    SSL_CTX_set1_cert_store(context_.get(), system_trust().get());
  else if (options_.system_trust)
    SSL_CTX_set_default_verify_paths(context_.get());
  else if (options_.verify_chain)
    problems.push_back({"ssl_ca_file", "no certificate authority to trust"});
}

// Such a backend would show no certificate, and so none that is wrong.
void ClientContext::refuse_anonymous(TlsProblems& problems) {
  if (verifies_nothing(options_)) return;
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context_.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    if (SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null) continue;
    problems.push_back(
        {"ssl_outgoing_ciphers",
         std::string(SSL_CIPHER_get_name(cipher)) +
             " needs no certificate, so that anybody could be the backend: "
             "expected a list with !aNULL"});
    return;
  }
}

void ClientContext::show_certificate(TlsProblems& problems) {
  if (options_.cert_file.empty() && options_.key_file.empty()) return;
  KeyPairSource files;
  files.cert_setting = "ssl_outgoing_cert_file";
  files.key_setting = "ssl_outgoing_key_file";
  files.passphrase_setting = "ssl_outgoing_passphrase_file";
  files.open_keys = options_.open_keys;
  files.cert_file = options_.cert_file;
  files.key_file = options_.key_file;
  files.passphrase_file = options_.passphrase_file;
  files.complete_chain = true;
  const KeyPair pair = load_key_pair(files, problems);
  if (!pair) return;
  const std::string where = printable(options_.cert_file) + ": ";
  const std::string dates = date_problem(pair.leaf.get());
  if (!dates.empty())
    problems.push_back({files.cert_setting, where + dates, true});
  ERR_clear_error();
  if (SSL_CTX_use_cert_and_key(context_.get(), pair.leaf.get(), pair.key.get(),
                               pair.chain.get(), 1) != 1)
    problems.push_back({files.cert_setting, where + take_openssl_error()});
}

// TLS 1.3 sends tickets behind the handshake, as often as it likes.
void ClientContext::keep_sessions() {
  SSL_CTX_set_session_cache_mode(
      context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_.get(), SslEngine::on_new_session);
}

void ClientContext::offer_alpn() {
  const std::string list = static_cast<char>(options_.alpn.size()) +
                           options_.alpn;  // its length before each name
  SSL_CTX_set_alpn_protos(context_.get(),
                          reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
}

std::unique_ptr<TlsEngine> ClientContext::make_engine(
    const Endpoint& peer) const {
  auto engine = std::make_unique<SslEngine>(SslEngine::Side::Client,
                                            context_.get(), shared_from_this());
  // A name that ends in a dot means the same without it (RFC 6066 section 3).
  std::string name = options_.name.empty() ? peer.host : options_.name;
  if (name.ends_with('.')) name.pop_back();
  if (!name.empty() && !Address::parse(name, 0)) engine->send_server_name(name);
  if (options_.verify_name) engine->expect_name(name);
  engine->resume_from(sessions_, peer.text());
  return engine;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::client(
    const TlsClientOptions& options) {
  TlsProblems problems;
  auto made = std::make_shared<const ClientContext>(options, problems);
  if (auto fatal = fatal_problem(problems)) return std::move(*fatal);
  return std::shared_ptr<const TlsContext>(std::move(made));
}

TlsProblems check_tls(const TlsClientOptions& options) {
  TlsProblems problems;
  const ClientContext tried(options, problems);
  return problems;
}

}  // namespace postern
