#include "proxy/tls/shown.h"

#include <algorithm>

#include <openssl/err.h>

#include "proxy/tls/certificate.h"
#include "proxy/tls/error.h"

namespace postern {

namespace {

// OpenSSL would keep an empty list for each connection.
STACK_OF(X509) * chain_of(const KeyPair& pair) {
  return sk_X509_num(pair.chain.get()) > 0 ? pair.chain.get() : nullptr;
}

}  // namespace

bool show(SSL* ssl, const Shown& shown) {
  SSL_certs_clear(ssl);
  ERR_clear_error();
  return std::ranges::all_of(shown.pairs, [&](const KeyPair& pair) {
    return SSL_use_cert_and_key(ssl, pair.leaf.get(), pair.key.get(),
                                chain_of(pair), 1) == 1;
  });
}

Status show(SSL_CTX* context, const KeyPair& pair) {
  ERR_clear_error();
  if (SSL_CTX_use_cert_and_key(context, pair.leaf.get(), pair.key.get(),
                               chain_of(pair), 1) == 1)
    return Done{};
  return Error{Fault::Config, take_openssl_error()};
}

std::string describe(const Shown& shown) {
  std::string text;
  for (const KeyPair& pair : shown.pairs)
    text += (text.empty() ? "" : "; ") + describe_certificate(pair.leaf.get());
  return text;
}

bool all_valid_now(const Shown& shown) {
  return std::ranges::all_of(shown.pairs, [](const KeyPair& pair) {
    return valid_now(pair.leaf.get());
  });
}

}  // namespace postern
