#include "proxy/tls/certificate_field.h"

#include <memory>
#include <optional>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "proxy/tls/openssl_types.h"

namespace postern {
namespace {

using Names = std::vector<std::string>;
using GeneralNamesPtr =
    std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

// False if it is of a kind that has no text.
bool add_text(const ASN1_STRING* text, Names& names) {
  unsigned char* octets = nullptr;
  const int size = ASN1_STRING_to_UTF8(&octets, text);
  ERR_clear_error();
  if (size < 0) return false;
  names.emplace_back(reinterpret_cast<const char*>(octets),
                     static_cast<size_t>(size));
  OPENSSL_free(octets);
  return true;
}

// Of the subject: its attributes of one type.
bool add_subject(const X509* certificate, int attribute, Names& names) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  int at = -1;
  while ((at = X509_NAME_get_index_by_NID(subject, attribute, at)) >= 0) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, at);
    if (!add_text(X509_NAME_ENTRY_get_data(entry), names)) return false;
  }
  return true;
}

// The text of an alternative name that is of the wanted kind; nullptr for
// others.
const ASN1_STRING* text_of(const GENERAL_NAME* name, CertificateField field) {
  int kind = 0;
  const void* value = GENERAL_NAME_get0_value(name, &kind);
  if (field == CertificateField::Rfc822Name)
    return kind == GEN_EMAIL ? static_cast<const ASN1_STRING*>(value) : nullptr;
  if (kind != GEN_OTHERNAME) return nullptr;
  const auto* other = static_cast<const OTHERNAME*>(value);
  const bool upn = OBJ_obj2nid(other->type_id) == NID_ms_upn &&
                   other->value->type == V_ASN1_UTF8STRING;
  return upn ? other->value->value.utf8string : nullptr;
}

bool add_alternative(X509* certificate, CertificateField field, Names& names) {
  const GeneralNamesPtr all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const ASN1_STRING* text =
        text_of(sk_GENERAL_NAME_value(all.get(), i), field);
    if (text != nullptr && !add_text(text, names)) return false;
  }
  return true;
}

// NID_undef: it is among the alternative names.
int subject_attribute(CertificateField field) {
  switch (field) {
    case CertificateField::CommonName:
      return NID_commonName;
    case CertificateField::EmailAddress:
      return NID_pkcs9_emailAddress;
    case CertificateField::UserId:
      return NID_userId;
    case CertificateField::Rfc822Name:
    case CertificateField::PrincipalName:
      break;
  }
  return NID_undef;
}

}  // namespace

Names names_in_field(X509* certificate, CertificateField field) {
  Names names;
  const int attribute = subject_attribute(field);
  const bool read = attribute != NID_undef
                        ? add_subject(certificate, attribute, names)
                        : add_alternative(certificate, field, names);
  return read ? names : Names();
}

}  // namespace postern
