#include "proxy/tls/certificate.h"

#include <arpa/inet.h>
#include <memory>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "proxy/base/ascii.h"
#include "proxy/tls/openssl_types.h"

namespace postern {
namespace {

using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

std::string_view octets(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

// Empty for kinds of names that say nothing about a server's address.
std::string name_text(const GENERAL_NAME* name) {
  int kind = 0;
  const void* value = GENERAL_NAME_get0_value(name, &kind);
  if (kind != GEN_DNS && kind != GEN_IPADD) return {};
  const std::string_view bytes = octets(static_cast<const ASN1_STRING*>(value));
  if (kind == GEN_DNS) return printable(bytes);
  char text[INET6_ADDRSTRLEN] = "";
  if (bytes.size() == 4) inet_ntop(AF_INET, bytes.data(), text, sizeof text);
  if (bytes.size() == 16) inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  return printable(
      octets(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

std::string curve_name(const EVP_PKEY* key) {
  char group[64] = "";
  EVP_PKEY_get_group_name(key, group, sizeof group, nullptr);
  const char* nist = EC_curve_nid2nist(OBJ_sn2nid(group));
  return nist != nullptr ? nist : group;
}

// Whole days until it expires, negative after that.
int days_left(const X509* certificate) {
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, end) != 1) return -1;
  return seconds < 0 ? days - 1 : days;
}

NamesPtr other_names(X509* certificate) {
  return NamesPtr(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
}

}  // namespace

std::vector<std::string> certificate_names(X509* certificate) {
  std::vector<std::string> names;
  const NamesPtr all = other_names(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    std::string name = name_text(sk_GENERAL_NAME_value(all.get(), i));
    if (!name.empty()) names.push_back(std::move(name));
  }
  if (!all) names.push_back(common_name(certificate));
  if (!names.empty() && names.front().empty()) names.clear();
  return names;
}

std::string certificate_names_text(X509* certificate) {
  constexpr size_t kShown = 8;
  const std::vector<std::string> names = certificate_names(certificate);
  if (names.empty()) return "nobody";
  std::string text;
  for (size_t i = 0; i < names.size() && i < kShown; ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kShown)
    text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

std::string certificate_owner(X509* certificate) {
  std::string name = common_name(certificate);
  for (const int kind : {GEN_EMAIL, GEN_DNS})
    if (const auto names = names_of_kind(certificate, kind);
        name.empty() && !names.empty())
      name = names.front();
  return name;
}

std::vector<std::string> names_of_kind(X509* certificate, int kind) {
  std::vector<std::string> names;
  const NamesPtr all = other_names(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    int found = 0;
    const void* value =
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(all.get(), i), &found);
    if (found == kind)
      names.push_back(
          printable(octets(static_cast<const ASN1_STRING*>(value))));
  }
  return names;
}

std::string fingerprint(const X509* certificate) {
  static constexpr char kDigits[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest, &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

std::string key_type(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "EC") == 1) return "ECDSA " + curve_name(key);
  const char* type = EVP_PKEY_get0_type_name(key);
  if (EVP_PKEY_is_a(key, "RSA") == 1)
    return "RSA " + std::to_string(EVP_PKEY_get_bits(key));
  return type != nullptr ? type : "unknown key type";
}

std::string describe_certificate(X509* certificate) {
  const int days = days_left(certificate);
  const std::string left =
      days < 0 ? "expired" : std::to_string(days) + " days left";
  return certificate_names_text(certificate) + " (" +
         key_type(X509_get0_pubkey(certificate)) + ", " + left + ")";
}

bool valid_now(const X509* certificate) {
  return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
         X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

std::string date_problem(const X509* certificate) {
  constexpr int kSoon = 14;
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    return "is not valid yet";
  const int days = days_left(certificate);
  if (days < 0) return "expired " + std::to_string(-days) + " days ago";
  if (days >= kSoon) return {};
  return "expires in " + std::to_string(days) + " days";
}

}  // namespace postern
