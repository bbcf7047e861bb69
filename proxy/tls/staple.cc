#include "proxy/tls/staple.h"

#include <cstring>

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "proxy/base/ascii.h"
#include "proxy/base/file.h"
#include "proxy/base/file_stamp.h"

namespace postern {
namespace {

constexpr size_t kLargestFile = size_t{1} << 16;
constexpr long kClockSkew = 300;  // seconds

using ResponsePtr =
    std::unique_ptr<OCSP_RESPONSE, FreeWith<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, FreeWith<OCSP_BASICRESP_free>>;
using IdPtr = std::unique_ptr<OCSP_CERTID, FreeWith<OCSP_CERTID_free>>;

BasicPtr parse(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const ResponsePtr response(
      d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(der.size())));
  const bool good = response && OCSP_response_status(response.get()) ==
                                    OCSP_RESPONSE_STATUS_SUCCESSFUL;
  return BasicPtr(good ? OCSP_response_get1_basic(response.get()) : nullptr);
}

bool is_about(const OCSP_SINGLERESP* answer, const X509* leaf,
              const X509* issuer) {
  const OCSP_CERTID* id = OCSP_SINGLERESP_get0_id(answer);
  ASN1_OBJECT* digest = nullptr;
  OCSP_id_get0_info(nullptr, &digest, nullptr, nullptr,
                    const_cast<OCSP_CERTID*>(id));
  const EVP_MD* method = EVP_get_digestbyobj(digest);
  if (method == nullptr) return false;
  const IdPtr ours(OCSP_cert_to_id(method, leaf, issuer));
  return ours && OCSP_id_cmp(ours.get(), id) == 0;
}

OCSP_SINGLERESP* find_answer(OCSP_BASICRESP* basic, const X509* leaf,
                             const X509* issuer) {
  for (int i = 0; i < OCSP_resp_count(basic); ++i)
    if (OCSP_SINGLERESP* answer = OCSP_resp_get0(basic, i);
        is_about(answer, leaf, issuer))
      return answer;
  return nullptr;
}

// By the issuer, or by whom it has certified for that.
bool signed_by(OCSP_BASICRESP* basic, X509* issuer) {
  const StorePtr trusted(X509_STORE_new());
  X509_STORE_add_cert(trusted.get(), issuer);
  X509_STORE_set_flags(trusted.get(), X509_V_FLAG_PARTIAL_CHAIN);
  const CertificatesPtr known(sk_X509_new_null());
  X509_up_ref(issuer);
  sk_X509_push(known.get(), issuer);
  return OCSP_basic_verify(basic, known.get(), trusted.get(), 0) > 0;
}

time_t seconds_of(const ASN1_GENERALIZEDTIME* time) {
  tm broken_down{};
  return ASN1_TIME_to_tm(time, &broken_down) == 1 ? timegm(&broken_down) : 0;
}

// Why it is not to be used; empty, and `good_until` set, if it is.
std::string judge(const std::string& der, X509* leaf, X509* issuer,
                  time_t& good_until) {
  if (issuer == nullptr) return "the issuer's certificate is not in the chain";
  const BasicPtr basic = parse(der);
  if (!basic) return "is no successful OCSP response";
  OCSP_SINGLERESP* answer = find_answer(basic.get(), leaf, issuer);
  if (answer == nullptr) return "is about another certificate";
  if (!signed_by(basic.get(), issuer)) return "is not signed by the issuer";
  ASN1_GENERALIZEDTIME* since = nullptr;
  ASN1_GENERALIZEDTIME* until = nullptr;
  const int status =
      OCSP_single_get0_status(answer, nullptr, nullptr, &since, &until);
  if (status != V_OCSP_CERTSTATUS_GOOD)
    return "says that the certificate is " +
           std::string(OCSP_cert_status_str(status));
  if (until == nullptr) return "does not say how long it is good";
  if (OCSP_check_validity(since, until, kClockSkew, -1) != 1)
    return "is out of date";
  good_until = seconds_of(until);
  return {};
}

}  // namespace

std::optional<Staple> load_staple(X509* leaf, X509* issuer,
                                  const std::string& setting,
                                  const std::string& path,
                                  TlsProblems& problems) {
  if (!FileStamp::of(path).exists()) return std::nullopt;
  auto der = read_file(path, kLargestFile);
  if (!der) {
    problems.push_back({setting, der.error().text, true});
    return std::nullopt;
  }
  Staple staple;
  const std::string wrong = judge(*der, leaf, issuer, staple.good_until);
  ERR_clear_error();
  if (!wrong.empty()) {
    problems.push_back(
        {setting, printable(path) + ": " + wrong + ": not handed out", true});
    return std::nullopt;
  }
  staple.response = std::move(*der);
  return staple;
}

bool give_staple(SSL* ssl, const Staple& staple) {
  if (time(nullptr) >= staple.good_until) return false;
  const std::string& response = staple.response;
  void* copy = OPENSSL_memdup(response.data(), response.size());
  if (copy == nullptr) return false;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy,
                                  static_cast<long>(response.size()));
  return true;
}

void drop_staple(SSL* ssl) {
  SSL_set_tlsext_status_ocsp_resp(ssl, nullptr, 0);
}

}  // namespace postern
