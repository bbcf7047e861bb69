// Settings of logins in which one name logs in for another, or without a
// password.

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

// '\0', which is not written, for none.
struct Separator {
  using Type = char;
  static constexpr std::string_view kPlaceholder = "CHARACTER";
  static Result<char> parse(std::string_view text) {
    if (text.empty()) return '\0';
    constexpr std::string_view kUsable = "!#$%&*+,-./:;<=>?@^_`|~";
    if (text.size() == 1 && kUsable.find(text) != kUsable.npos)
      return text.front();
    return unexpected(text, "one character such as *, or nothing");
  }
  static std::string print(char separator) {
    return separator == '\0' ? std::string() : std::string(1, separator);
  }
};

struct FieldName {
  std::string_view name;
  CertificateField field;
};
constexpr FieldName kFields[] = {
    {"commonName", CertificateField::CommonName},
    {"emailAddress", CertificateField::EmailAddress},
    {"userId", CertificateField::UserId},
    {"rfc822Name", CertificateField::Rfc822Name},
    {"userPrincipalName", CertificateField::PrincipalName},
};

struct Field {
  using Type = CertificateField;
  static constexpr std::string_view kPlaceholder = "FIELD";
  static Result<Type> parse(std::string_view text) {
    for (const FieldName& each : kFields)
      if (same_text(text, each.name)) return each.field;
    return unexpected(text,
                      "commonName, emailAddress, userId, rfc822Name or "
                      "userPrincipalName");
  }
  static std::string print(Type field) {
    return std::string(
        std::ranges::find(kFields, field, &FieldName::field)->name);
  }
};

struct UserNames {
  using Type = std::vector<std::string>;
  static constexpr std::string_view kPlaceholder = "NAME,...";
  static Result<Type> parse(std::string_view text) {
    Type names;
    for (const std::string_view word : words_of_list(text)) {
      if (word.empty()) return unexpected(text, "names between commas");
      names.emplace_back(word);
    }
    return names;
  }
  static std::string print(const Type& names) { return list_of_words(names); }
};

const Setting kMastersSettings[] = {
    {"sasl_authzid", 0, Scope::Service,
     kKind<Flag, &ServiceOptions::front, &FrontOptions::for_others>,
     "let clients log in for somebody else, by an authzid or as "
     "user<master_user_separator>master: the backend says whether they may"},
    per_pool({"master_user_separator", 0, Scope::Service,
              kKind<Separator, &ServiceOptions::back,
                    &BackSideOptions::master_separator>,
              "what stands between user and master in one name; empty: "
              "backends take PLAIN with an authzid, and clients have only "
              "that"}),
    {"ssl_client_cert_user", 0, Scope::Service,
     kKind<Field, &ServiceOptions::certificate_user>,
     "the field of a client's certificate that names its user for EXTERNAL: "
     "commonName, emailAddress, userId, rfc822Name or userPrincipalName"},
    {"sasl_external_masters", 0, Scope::Service,
     kKind<UserNames, &ServiceOptions::certificate_masters>,
     "users whose certificate lets them log in by EXTERNAL as anybody"},
    per_pool({"master_user", 0, Scope::Service,
              kKind<Name, &ServiceOptions::back, &BackSideOptions::master_user>,
              "who logs in at the backends for users that have logged in by "
              "EXTERNAL, and so without a password; empty: nobody"}),
    per_pool({"master_password_file", 0, Scope::Service,
              kKind<FileName, &ServiceOptions::back,
                    &BackSideOptions::master_password_file>,
              "the password of master_user, in a file of one line that others "
              "cannot read"}),
};

}  // namespace

std::span<const Setting> master_settings() {
  return kMastersSettings;
}

}  // namespace postern
