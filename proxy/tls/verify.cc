#include "proxy/tls/verify.h"

#include <algorithm>
#include <memory>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "proxy/tls/certificate.h"
#include "proxy/tls/error.h"
#include "proxy/tls/pin.h"
#include "proxy/tls/wire.h"

namespace postern {
namespace {

bool about_name(int code) {
  return code == X509_V_ERR_HOSTNAME_MISMATCH ||
         code == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

// Each relaxation forgives exactly its own errors.
struct Relaxation {
  int code;
  bool TlsClientOptions::*allowed;
};

constexpr Relaxation kRelaxations[] = {
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
     &TlsClientOptions::accept_self_signed},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
     &TlsClientOptions::accept_self_signed},
    {X509_V_ERR_CERT_HAS_EXPIRED, &TlsClientOptions::accept_expired},
    {X509_V_ERR_CERT_NOT_YET_VALID, &TlsClientOptions::accept_not_yet_valid},
};

bool forgiven(const TlsClientOptions& options, int code) {
  if (about_name(code)) return !options.verify_name;
  if (!options.verify_chain) return true;
  return std::any_of(std::begin(kRelaxations), std::end(kRelaxations),
                     [&](const Relaxation& one) {
                       return one.code == code && options.*one.allowed;
                     });
}

std::string expected_name(X509_VERIFY_PARAM* rules) {
  if (const char* host = X509_VERIFY_PARAM_get0_host(rules, 0)) return host;
  struct FreeText {
    void operator()(char* text) const { OPENSSL_free(text); }
  };
  const std::unique_ptr<char, FreeText> ip(
      X509_VERIFY_PARAM_get1_ip_asc(rules));
  return ip ? ip.get() : "";
}

std::string explain(X509_STORE_CTX* checked, int code) {
  X509* certificate = X509_STORE_CTX_get_current_cert(checked);
  if (certificate == nullptr) certificate = X509_STORE_CTX_get0_cert(checked);
  const std::string names = certificate_names_text(certificate);
  if (!about_name(code)) return verify_error(code) + " (" + names + ")";
  return "name mismatch: expected " +
         expected_name(X509_STORE_CTX_get0_param(checked)) +
         ", certificate is for " + names;
}

const SSL* connection_of(X509_STORE_CTX* checked) {
  return static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(
      checked, SSL_get_ex_data_X509_STORE_CTX_idx()));
}

// OpenSSL asks for each error it finds; 1 goes on as if there were none.
int judge(int ok, X509_STORE_CTX* checked) {
  if (ok == 1) return 1;
  const SSL* ssl = connection_of(checked);
  const auto* options = static_cast<const TlsClientOptions*>(
      SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const int code = X509_STORE_CTX_get_error(checked);
  if (forgiven(*options, code)) return 1;
  Wire::of(ssl).blame(explain(checked, code));
  return 0;
}

bool pinned(const TlsClientOptions& options, X509_STORE_CTX* checked) {
  X509* shown = X509_STORE_CTX_get0_cert(checked);
  const std::string pin = pin_of(shown);
  if (std::ranges::find(options.pins, pin) != options.pins.end()) return true;
  X509_STORE_CTX_set_error(checked, X509_V_ERR_APPLICATION_VERIFICATION);
  Wire::of(connection_of(checked))
      .blame("the key is not pinned: the certificate (" +
             certificate_names_text(shown) + ") has " + pin);
  return false;
}

// OpenSSL would also read a common name beside other kinds of names.
void ignore_common_name(X509_STORE_CTX* checked) {
  const X509* shown = X509_STORE_CTX_get0_cert(checked);
  if (X509_get_ext_by_NID(shown, NID_subject_alt_name, -1) < 0) return;
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(checked);
  X509_VERIFY_PARAM_set_hostflags(rules,
                                  X509_VERIFY_PARAM_get_hostflags(rules) |
                                      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
}

int verify(X509_STORE_CTX* checked, void* wanted) {
  const auto& options = *static_cast<const TlsClientOptions*>(wanted);
  ignore_common_name(checked);
  const bool by_pin_alone = !options.verify_chain && !options.pins.empty();
  if (!by_pin_alone && X509_verify_cert(checked) != 1) return 0;
  return options.pins.empty() || pinned(options, checked) ? 1 : 0;
}

}  // namespace

bool verifies_nothing(const TlsClientOptions& options) {
  return !options.verify_chain && !options.verify_name && options.pins.empty();
}

void set_verification(SSL_CTX* context, const TlsClientOptions& options) {
  if (verifies_nothing(options)) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return;
  }
  SSL_CTX_set_cert_verify_callback(context, verify,
                                   const_cast<TlsClientOptions*>(&options));
  SSL_CTX_set_app_data(context, const_cast<TlsClientOptions*>(&options));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, judge);
  SSL_CTX_set_verify_depth(context, options.verify_depth);
}

}  // namespace postern
