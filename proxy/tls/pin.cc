#include "proxy/tls/pin.h"

#include <memory>

#include <openssl/evp.h>

#include "proxy/base/base64.h"
#include "proxy/tls/context.h"

namespace postern {
namespace {

constexpr std::string_view kKind = "sha256//";
constexpr size_t kDigest = 32;

struct FreeOctets {
  void operator()(unsigned char* octets) const { OPENSSL_free(octets); }
};

}  // namespace

std::string pin_of(X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  const std::unique_ptr<unsigned char, FreeOctets> owner(encoded);
  if (size <= 0) return {};
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned digest_size = 0;
  EVP_Digest(encoded, static_cast<size_t>(size), digest, &digest_size,
             EVP_sha256(), nullptr);
  return std::string(kKind) +
         base64_encode({reinterpret_cast<const char*>(digest), digest_size});
}

bool is_pin(std::string_view text) {
  if (!text.starts_with(kKind)) return false;
  const auto digest = base64_decode(text.substr(kKind.size()));
  return digest && digest->view().size() == kDigest;
}

}  // namespace postern
