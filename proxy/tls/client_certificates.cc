#include "proxy/tls/client_certificates.h"

#include <openssl/x509_vfy.h>

#include "proxy/base/file.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/error.h"
#include "proxy/tls/key_pair.h"
#include "proxy/tls/trust.h"
#include "proxy/tls/wire.h"

namespace postern {
namespace {

// More names of authorities than these would only swell the handshake: clients
// with one certificate send it anyway.
constexpr int kMostNames = 32;
constexpr size_t kLargestFile = size_t{16} << 20;

// OpenSSL asks for each error it finds; all of them count.
int judge(int ok, X509_STORE_CTX* checked) {
  if (ok == 1) return 1;
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(
      checked, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* certificate = X509_STORE_CTX_get_current_cert(checked);
  if (certificate == nullptr) certificate = X509_STORE_CTX_get0_cert(checked);
  const int code = X509_STORE_CTX_get_error(checked);
  const std::string why = code == X509_V_ERR_INVALID_PURPOSE
                              ? "it is not meant for clients"
                              : verify_error(code);
  Wire::of(ssl).blame("the client's certificate is refused: " + why + " (" +
                      certificate_owner(certificate) + ")");
  return 0;
}

// Helps clients that have several to choose.
void name_authorities(SSL_CTX* context, const std::string& file) {
  const auto authorities = read_certificates(file);
  if (!authorities || sk_X509_num(authorities->get()) > kMostNames) return;
  for (int i = 0; i < sk_X509_num(authorities->get()); ++i)
    SSL_CTX_add_client_CA(context, sk_X509_value(authorities->get(), i));
}

void load_trust(SSL_CTX* context, const TlsServerOptions& options,
                TlsProblems& problems) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  const std::string& file = options.client_ca_file;
  if (!file.empty()) {
    trust_file(store, {"ssl_client_ca_file", file}, problems);
    name_authorities(context, file);
  }
  if (!options.client_ca_path.empty())
    trust_path(store, {"ssl_client_ca_path", options.client_ca_path}, problems);
  if (file.empty() && options.client_ca_path.empty())
    problems.push_back({"ssl_client_ca_file",
                        "not set, and no ssl_client_ca_path either: nobody "
                        "could have signed a client's certificate"});
  if (!options.client_crl_file.empty())
    use_revocation_lists(
        store, {"ssl_client_crl_file", options.client_crl_file}, problems);
}

// A ticket must not outlive the certificate it stands for.
// NOLINTNEXTLINE(readability-function-size): OpenSSL wants that many
SSL_TICKET_RETURN check_ticket(SSL*, SSL_SESSION* session, const unsigned char*,
                               size_t, SSL_TICKET_STATUS status, void*) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  const X509* shown = SSL_SESSION_get0_peer(session);
  if (shown != nullptr && X509_cmp_current_time(X509_get0_notAfter(shown)) < 0)
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE
                                      : SSL_TICKET_RETURN_USE_RENEW;
}

int write_ticket(SSL*, void*) {
  return 1;
}

}  // namespace

void ask_for_certificates(SSL_CTX* context, const TlsServerOptions& options,
                          TlsProblems& problems) {
  if (options.client_certificates == ClientCertificates::Off) return;
  load_trust(context, options, problems);
  int mode = SSL_VERIFY_PEER;
  if (options.client_certificates == ClientCertificates::Required)
    mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context, mode, judge);
  SSL_CTX_set_verify_depth(context, options.client_verify_depth);
  SSL_CTX_set_session_ticket_cb(context, write_ticket, check_ticket, nullptr);
}

std::string rules_for_clients(const TlsServerOptions& options) {
  if (options.client_certificates == ClientCertificates::Off) return {};
  std::string rules =
      std::to_string(static_cast<int>(options.client_certificates)) + " " +
      std::to_string(options.client_verify_depth);
  for (const std::string& path :
       {options.client_ca_file, options.client_crl_file}) {
    const auto bytes = read_file(path, kLargestFile);
    rules += " " + path + " " + (bytes ? *bytes : "");
  }
  return rules + " " + options.client_ca_path;
}

}  // namespace postern
