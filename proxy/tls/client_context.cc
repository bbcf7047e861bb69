// The context towards backends.

#include <memory>
#include <new>
#include <sys/stat.h>
#include <utility>

#include <openssl/err.h>

#include "proxy/base/address.h"
#include "proxy/base/ascii.h"
#include "proxy/tls/context.h"
#include "proxy/tls/error.h"
#include "proxy/tls/findings.h"
#include "proxy/tls/key_pair.h"
#include "proxy/tls/ssl_engine.h"
#include "proxy/tls/strength.h"
#include "proxy/tls/verify.h"

namespace postern {
namespace {

class ClientContext final : public TlsContext,
                            public std::enable_shared_from_this<ClientContext> {
 public:
  ClientContext(const TlsClientOptions& options, TlsProblems& problems);

  std::unique_ptr<TlsEngine> make_engine(
      const std::string& host) const override;

 private:
  void trust(TlsProblems& problems);
  void trust_file(TlsProblems& problems);
  void trust_path(TlsProblems& problems);
  void offer_alpn();

  const TlsClientOptions options_;
  const SslContextPtr context_;
};

ClientContext::ClientContext(const TlsClientOptions& options,
                             TlsProblems& problems)
    : options_(options), context_(SSL_CTX_new(TLS_client_method())) {
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
  trust(problems);
  set_verification(context_.get(), options_);
  if (!options_.alpn.empty()) offer_alpn();
}

void ClientContext::trust(TlsProblems& problems) {
  if (!options_.ca_file.empty()) trust_file(problems);
  if (!options_.ca_path.empty()) trust_path(problems);
  if (!options_.ca_file.empty() || !options_.ca_path.empty()) return;
  if (options_.system_trust)
    SSL_CTX_set_default_verify_paths(context_.get());
  else if (options_.verify_chain)
    problems.push_back({"ssl_ca_file", "no certificate authority to trust"});
}

void ClientContext::trust_file(TlsProblems& problems) {
  const auto authorities = read_certificates(options_.ca_file);
  if (!authorities) {
    problems.push_back({"ssl_ca_file", authorities.error().text});
    return;
  }
  X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
  for (int i = 0; i < sk_X509_num(authorities->get()); ++i)
    X509_STORE_add_cert(store, sk_X509_value(authorities->get(), i));
}

// OpenSSL looks into the directory only when it needs a certificate.
void ClientContext::trust_path(TlsProblems& problems) {
  struct stat directory {};
  const bool there = stat(options_.ca_path.c_str(), &directory) == 0 &&
                     S_ISDIR(directory.st_mode);
  if (!there)
    problems.push_back(
        {"ssl_ca_path", printable(options_.ca_path) + ": not a directory"});
  SSL_CTX_load_verify_dir(context_.get(), options_.ca_path.c_str());
}

void ClientContext::offer_alpn() {
  const std::string list = static_cast<char>(options_.alpn.size()) +
                           options_.alpn;  // its length before each name
  SSL_CTX_set_alpn_protos(context_.get(),
                          reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
}

std::unique_ptr<TlsEngine> ClientContext::make_engine(
    const std::string& host) const {
  auto engine = std::make_unique<SslEngine>(SslEngine::Side::Client,
                                            context_.get(), shared_from_this());
  // A name that ends in a dot means the same without it (RFC 6066 section 3).
  std::string name = host;
  if (name.ends_with('.')) name.pop_back();
  if (!name.empty() && !Address::parse(name, 0)) engine->send_server_name(name);
  if (options_.verify_name) engine->expect_name(name);
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
