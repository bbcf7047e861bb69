#include "tests/unit/tls/record_forge.h"

#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "proxy/tls/openssl_types.h"

namespace postern {
namespace {

using KdfPtr = std::unique_ptr<EVP_KDF, FreeWith<EVP_KDF_free>>;
using KdfContextPtr = std::unique_ptr<EVP_KDF_CTX, FreeWith<EVP_KDF_CTX_free>>;
using CipherPtr =
    std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>>;

unsigned char* octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

OSSL_PARAM octet_param(const char* name, std::string_view value) {
  return OSSL_PARAM_construct_octet_string(
      name, const_cast<char*>(value.data()), value.size());
}

// HKDF-Expand-Label without context (RFC 8446 section 7.1).
std::string expand(std::string_view secret, std::string_view label,
                   size_t size) {
  const KdfPtr kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, nullptr));
  const KdfContextPtr context(EVP_KDF_CTX_new(kdf.get()));
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octet_param(OSSL_KDF_PARAM_KEY, secret),
      octet_param(OSSL_KDF_PARAM_PREFIX, "tls13 "),
      octet_param(OSSL_KDF_PARAM_LABEL, label),
      OSSL_PARAM_construct_end(),
  };
  std::string derived(size, '\0');
  EVP_KDF_derive(context.get(), octets(derived), size, params);
  return derived;
}

}  // namespace

RecordForge::RecordForge(std::string_view secret)
    : key_(expand(secret, "key", 16)), nonce_(expand(secret, "iv", 12)) {}

std::string RecordForge::seal(char type, std::string_view content) {
  constexpr size_t kTag = 16;
  std::string inner = std::string(content) + type;
  const size_t size = inner.size() + kTag;
  std::string header{0x17, 3, 3, static_cast<char>(size >> 8),
                     static_cast<char>(size & 0xff)};
  std::string nonce = nonce_;
  for (size_t i = 0; i < 8; ++i)
    nonce[11 - i] = static_cast<char>(
        nonce[11 - i] ^ static_cast<char>(sequence_ >> (8 * i) & 0xff));
  ++sequence_;

  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, octets(key_),
                     octets(nonce));
  int done = 0;
  EVP_EncryptUpdate(cipher.get(), nullptr, &done, octets(header),
                    static_cast<int>(header.size()));
  std::string sealed(size, '\0');
  EVP_EncryptUpdate(cipher.get(), octets(sealed), &done, octets(inner),
                    static_cast<int>(inner.size()));
  EVP_EncryptFinal_ex(cipher.get(), octets(sealed) + done, &done);
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTag,
                      octets(sealed) + inner.size());
  return header + sealed;
}

}  // namespace postern
