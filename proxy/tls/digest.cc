#include "proxy/tls/digest.h"

#include <cassert>

#include <openssl/evp.h>

#include "proxy/tls/openssl_types.h"

namespace postern {
namespace {

using DigestPtr = std::unique_ptr<EVP_MD, FreeWith<EVP_MD_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

// EVP_md5() would be looked up anew with every use.
const EVP_MD* algorithm() {
  static const DigestPtr kMd5(EVP_MD_fetch(nullptr, "MD5", nullptr));
  return kMd5.get();
}

}  // namespace

bool has_md5() {
  return algorithm() != nullptr;
}

Md5 md5(std::string_view text) {
  // Making a context costs more than a short text.
  thread_local const DigestContextPtr kContext(EVP_MD_CTX_new());
  Md5 digest{};
  [[maybe_unused]] const bool done =
      EVP_DigestInit_ex2(kContext.get(), algorithm(), nullptr) == 1 &&
      EVP_DigestUpdate(kContext.get(), text.data(), text.size()) == 1 &&
      EVP_DigestFinal_ex(kContext.get(), digest.data(), nullptr) == 1;
  assert(done);
  return digest;
}

}  // namespace postern
