#include "proxy/tls/strength.h"

#include <string_view>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "proxy/base/ascii.h"
#include "proxy/base/file.h"
#include "proxy/tls/error.h"

namespace postern {
namespace {

struct Version {
  std::string_view word;  // in the configuration
  int number;
  const char* name;  // in the log
};

constexpr Version kVersions[] = {
    {"sslv3", SSL3_VERSION, "SSLv3"},
    {"tlsv1", TLS1_VERSION, "TLSv1"},
    {"tlsv1.1", TLS1_1_VERSION, "TLSv1.1"},
    {"tlsv1.2", TLS1_2_VERSION, "TLSv1.2"},
    {"tlsv1.3", TLS1_3_VERSION, "TLSv1.3"},
};

constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// For those who know none of the above, as TLS 1.0 and 1.1 do not.
constexpr const char* kOldCiphers =
    ":DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:"
    "DHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA256:"
    "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA:"
    "ECDHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA256:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:"
    "AES128-SHA:AES256-SHA";

// Mozilla's guideline of server-side TLS, version 6.
struct Profile {
  std::string_view word;
  int least_version;
  const char* further_ciphers;  // behind kCiphers
};

constexpr Profile kProfiles[] = {
    {"intermediate", TLS1_2_VERSION, ""},
    {"modern", TLS1_3_VERSION, ""},
    {"old", TLS1_VERSION, kOldCiphers},
};

constexpr const Profile& kIntermediate = kProfiles[0];
constexpr const Profile& kOld = kProfiles[2];

constexpr const char* kSuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256";
// Older versions of OpenSSL do not know the first.
constexpr const char* kNewGroups = "X25519MLKEM768:X25519:P-256:P-384";
constexpr const char* kGroups = "X25519:P-256:P-384";

const Profile& find_profile(const std::string& word) {
  for (const Profile& profile : kProfiles)
    if (profile.word == word) return profile;
  return kIntermediate;
}

// One end of the range; 0 with a problem noted if the word means nothing.
int find_version(const std::string& setting, const std::string& word,
                 TlsProblems& problems) {
  for (const Version& version : kVersions)
    if (same_text(version.word, word)) {
      if (version.number != SSL3_VERSION) return version.number;
      problems.push_back({setting,
                          "SSLv3 is broken and not supported: tlsv1 "
                          "is the oldest version there is"});
      return 0;
    }
  problems.push_back({setting, "\"" + printable(word) +
                                   "\" is not a version: expected tlsv1, "
                                   "tlsv1.1, tlsv1.2 or tlsv1.3"});
  return 0;
}

// The oldest one.
int set_versions(SSL_CTX* context, const Strength& wanted,
                 TlsProblems& problems) {
  const std::string min_setting = wanted.settings + "_min_proto_version";
  const std::string max_setting = wanted.settings + "_max_proto_version";
  int least = find_profile(wanted.profile).least_version;
  int most = TLS1_3_VERSION;
  if (!wanted.min_version.empty())
    least = find_version(min_setting, wanted.min_version, problems);
  if (!wanted.max_version.empty())
    most = find_version(max_setting, wanted.max_version, problems);
  if (least == 0 || most == 0) return TLS1_2_VERSION;
  if (least > most)
    problems.push_back({max_setting, version_name(most) +
                                         " is older than the oldest version "
                                         "allowed, " +
                                         version_name(least)});
  SSL_CTX_set_min_proto_version(context, least);
  SSL_CTX_set_max_proto_version(context, most);
  return least;
}

// OpenSSL drops unknown names from a list without a word.
void warn_of_unknown_ciphers(const Strength& wanted, TlsProblems& problems) {
  const SslContextPtr scratch(SSL_CTX_new(TLS_method()));
  for (const std::string_view name : split(wanted.ciphers, ':')) {
    const bool selects =
        !name.empty() &&
        std::string_view("!+-@").find(name[0]) == std::string_view::npos;
    if (!selects) continue;
    if (SSL_CTX_set_cipher_list(scratch.get(), std::string(name).c_str()) == 1)
      continue;
    problems.push_back({wanted.settings + "_ciphers",
                        "\"" + printable(name) + "\" selects no cipher", true});
  }
  ERR_clear_error();
}

void set_ciphers(SSL_CTX* context, const Strength& wanted,
                 const std::string& usual, TlsProblems& problems) {
  const std::string& list = wanted.ciphers.empty() ? usual : wanted.ciphers;
  ERR_clear_error();
  if (SSL_CTX_set_cipher_list(context, list.c_str()) != 1)
    problems.push_back({wanted.settings + "_ciphers",
                        "\"" + printable(list) + "\" " + take_openssl_error()});
  else if (!wanted.ciphers.empty())
    warn_of_unknown_ciphers(wanted, problems);
}

void set_suites(SSL_CTX* context, const Strength& wanted,
                TlsProblems& problems) {
  const std::string& list = wanted.suites.empty() ? kSuites : wanted.suites;
  if (SSL_CTX_set_ciphersuites(context, list.c_str()) != 1)
    problems.push_back({wanted.settings + "_ciphersuites",
                        "\"" + printable(list) +
                            "\" is no list of TLS 1.3 cipher suites, expected "
                            "for instance " +
                            kSuites});
  ERR_clear_error();
}

void set_groups(SSL_CTX* context, const Strength& wanted,
                TlsProblems& problems) {
  if (wanted.groups.empty()) {
    if (SSL_CTX_set1_groups_list(context, kNewGroups) != 1)
      SSL_CTX_set1_groups_list(context, kGroups);
  } else if (SSL_CTX_set1_groups_list(context, wanted.groups.c_str()) != 1) {
    problems.push_back({wanted.settings + "_groups",
                        "\"" + printable(wanted.groups) +
                            "\" is no list of groups, expected for instance " +
                            kGroups});
  }
  ERR_clear_error();
}

}  // namespace

void set_strength(SSL_CTX* context, const Strength& wanted,
                  TlsProblems& problems) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  const bool old = set_versions(context, wanted, problems) < TLS1_2_VERSION;
  // Their signatures are below every level above 0.
  if (old) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_dh_auto(context, 1);  // only for who lists DHE ciphers
  // TLS 1.0 and 1.1 know none of the better ones.
  const Profile& profile = old ? kOld : find_profile(wanted.profile);
  set_ciphers(context, wanted, std::string(kCiphers) + profile.further_ciphers,
              problems);
  set_suites(context, wanted, problems);
  set_groups(context, wanted, problems);
}

void use_dh_parameters(SSL_CTX* context, const std::string& file,
                       TlsProblems& problems) {
  constexpr int kLeast = 2048;
  const auto note = [&](const std::string& text, bool warning) {
    problems.push_back(
        {"ssl_dh_params_file", printable(file) + ": " + text, warning});
  };
  const auto bytes = read_file(file, size_t{1} << 20);
  if (!bytes) {
    problems.push_back({"ssl_dh_params_file", bytes.error().text});
    return;
  }
  const BioPtr pem(
      BIO_new_mem_buf(bytes->data(), static_cast<int>(bytes->size())));
  KeyPtr parameters(PEM_read_bio_Parameters(pem.get(), nullptr));
  if (!parameters || EVP_PKEY_is_a(parameters.get(), "DH") != 1) {
    note("holds no DH parameters in PEM", false);
  } else if (const int bits = EVP_PKEY_get_bits(parameters.get());
             SSL_CTX_set0_tmp_dh_pkey(context, parameters.get()) != 1) {
    note("DH parameters of " + std::to_string(bits) + " bits are too weak",
         false);
  } else {
    [[maybe_unused]] const EVP_PKEY* taken = parameters.release();
    SSL_CTX_set_dh_auto(context, 0);  // it would go before them
    if (bits < kLeast)
      note("DH parameters of " + std::to_string(bits) + " bits are weak", true);
  }
  ERR_clear_error();
}

std::string version_name(int version) {
  for (const Version& known : kVersions)
    if (known.number == version) return known.name;
  return "an unknown version";
}

}  // namespace postern
