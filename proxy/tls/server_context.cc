// The context of a listening service.

#include <algorithm>
#include <new>
#include <utility>

#include <openssl/err.h>

#include "proxy/base/ascii.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/context.h"
#include "proxy/tls/error.h"
#include "proxy/tls/findings.h"
#include "proxy/tls/key_pair.h"
#include "proxy/tls/ssl_engine.h"
#include "proxy/tls/strength.h"
#include "proxy/tls/ticket_keys.h"

namespace postern {
namespace {

constexpr int kLeastSecurity = 112;  // bits, as RSA 2048 has

class ServerContext final : public TlsContext,
                            public std::enable_shared_from_this<ServerContext> {
 public:
  ServerContext(const TlsServerOptions& options, TlsProblems& problems);

  std::unique_ptr<TlsEngine> make_engine(const std::string&) const override {
    return std::make_unique<SslEngine>(SslEngine::Side::Server, context_.get(),
                                       shared_from_this());
  }

 private:
  void use(const KeyPair& pair, const TlsServerOptions& options,
           TlsProblems& problems);
  void bind_sessions(const X509* certificate);
  // OpenSSL wants that many.  NOLINTNEXTLINE(readability-function-size)
  static int choose_alpn(SSL* ssl, const unsigned char** chosen,
                         unsigned char* size, const unsigned char* offered,
                         unsigned offered_size, void* ours);

  const SslContextPtr context_;
  const std::string alpn_;
};

ServerContext::ServerContext(const TlsServerOptions& options,
                             TlsProblems& problems)
    : context_(SSL_CTX_new(TLS_server_method())), alpn_(options.alpn) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX* context = context_.get();
  set_strength(
      context,
      {"ssl_listen", options.ciphers, options.min_version, options.max_version},
      problems);
  if (options.server_preference)
    SSL_CTX_set_options(
        context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_num_tickets(context, 0);  // one, after the login
  use_ticket_keys(context);
  if (!alpn_.empty())
    SSL_CTX_set_alpn_select_cb(context, choose_alpn,
                               const_cast<std::string*>(&alpn_));
  const KeyPair pair = load_key_pair(options, problems);
  if (pair.leaf && pair.key) use(pair, options, problems);
}

void ServerContext::use(const KeyPair& pair, const TlsServerOptions& options,
                        TlsProblems& problems) {
  bind_sessions(pair.leaf.get());
  const auto note = [&](const std::string& text, bool warning) {
    problems.push_back(
        {"ssl_cert_file", printable(options.cert_file) + ": " + text, warning});
  };
  const std::string dates = date_problem(pair.leaf.get());
  if (!dates.empty()) note(dates, true);
  ERR_clear_error();
  if (X509_check_private_key(pair.leaf.get(), pair.key.get()) != 1)
    problems.push_back(
        {"ssl_key_file",
         printable(options.key_file) + ": does not match the certificate"});
  else if (SSL_CTX_use_cert_and_key(context_.get(), pair.leaf.get(),
                                    pair.key.get(), pair.chain.get(), 1) != 1)
    note(take_openssl_error(), false);
  else if (EVP_PKEY_get_security_bits(pair.key.get()) < kLeastSecurity)
    note("the key is weak: " + key_type(pair.key.get()), true);
}

// A ticket is good only for the certificate and the protocol it was given for:
// it must not carry a session from one service to another.
void ServerContext::bind_sessions(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest, &size);
  const std::string both =
      std::string(reinterpret_cast<const char*>(digest), size) + alpn_;
  EVP_Digest(both.data(), both.size(), digest, &size, EVP_sha256(), nullptr);
  SSL_CTX_set_session_id_context(context_.get(), digest, size);
}

// Names as the client offers them, each behind an octet that is its length.
std::vector<std::string_view> split_offer(std::string_view list) {
  std::vector<std::string_view> names;
  while (!list.empty()) {
    const size_t size = static_cast<unsigned char>(list.front());
    names.push_back(list.substr(1, size));
    list.remove_prefix(std::min(list.size(), size + 1));
  }
  return names;
}

std::string offer_text(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (text.size() > 100) return text + ", ...";
    text += (text.empty() ? "" : ", ") + printable(name, 32);
  }
  return text;
}

// NOLINTNEXTLINE(readability-function-size): as declared
int ServerContext::choose_alpn(SSL* ssl, const unsigned char** chosen,
                               unsigned char* size,
                               const unsigned char* offered,
                               unsigned offered_size, void* ours) {
  const std::string& name = *static_cast<const std::string*>(ours);
  const auto names =
      split_offer({reinterpret_cast<const char*>(offered), offered_size});
  for (const std::string_view one : names) {
    if (one != name) continue;
    *chosen = reinterpret_cast<const unsigned char*>(one.data());
    *size = static_cast<unsigned char>(one.size());
    return SSL_TLSEXT_ERR_OK;
  }
  Wire::of(ssl).blame("the client wants another protocol (ALPN " +
                      offer_text(names) + " instead of " + name + ")");
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::server(
    const TlsServerOptions& options) {
  TlsProblems problems;
  auto made = std::make_shared<const ServerContext>(options, problems);
  if (auto fatal = fatal_problem(problems)) return std::move(*fatal);
  return std::shared_ptr<const TlsContext>(std::move(made));
}

TlsProblems check_tls(const TlsServerOptions& options) {
  TlsProblems problems;
  const ServerContext tried(options, problems);
  return problems;
}

Result<std::string> describe_certificate(const TlsServerOptions& options) {
  const auto all = read_certificates(options.cert_file);
  if (!all) return Error(all.error());
  return describe_certificate(sk_X509_value(all->get(), 0));
}

}  // namespace postern
