#include "proxy/tls/trust.h"

#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "proxy/base/ascii.h"
#include "proxy/base/file.h"
#include "proxy/tls/error.h"
#include "proxy/tls/key_pair.h"

namespace postern {
namespace {

constexpr size_t kLargestLists = size_t{16} << 20;

using ListPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;

// How many lists of `pem` went into the store; -1 if it is damaged.
int add_lists(X509_STORE* store, BIO* pem) {
  int count = 0;
  for (;; ++count) {
    const ListPtr list(PEM_read_bio_X509_CRL(pem, nullptr, nullptr, nullptr));
    if (!list) break;
    X509_STORE_add_crl(store, list.get());
  }
  const bool at_end =
      ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  return at_end ? count : -1;
}

}  // namespace

void trust_file(X509_STORE* store, const TrustFile& file,
                TlsProblems& problems) {
  const auto authorities = read_certificates(file.path);
  if (!authorities) {
    problems.push_back({file.setting, authorities.error().text});
    return;
  }
  for (int i = 0; i < sk_X509_num(authorities->get()); ++i)
    X509_STORE_add_cert(store, sk_X509_value(authorities->get(), i));
}

void trust_path(X509_STORE* store, const TrustFile& directory,
                TlsProblems& problems) {
  struct stat about {};
  const bool there =
      stat(directory.path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
  if (!there)
    problems.push_back(
        {directory.setting, printable(directory.path) + ": not a directory"});
  X509_STORE_load_path(store, directory.path.c_str());
}

void use_revocation_lists(X509_STORE* store, const TrustFile& file,
                          TlsProblems& problems) {
  const auto bytes = read_file(file.path, kLargestLists);
  if (!bytes) {
    problems.push_back({file.setting, bytes.error().text});
    return;
  }
  const BioPtr pem(
      BIO_new_mem_buf(bytes->data(), static_cast<int>(bytes->size())));
  ERR_clear_error();
  const int count = add_lists(store, pem.get());
  const std::string why =
      count < 0 ? take_openssl_error() : "holds no revocation list in PEM";
  ERR_clear_error();
  if (count <= 0)
    problems.push_back({file.setting, printable(file.path) + ": " + why});
  // Without a list of its issuer's a certificate counts as revoked.
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

}  // namespace postern
