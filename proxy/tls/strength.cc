#include "proxy/tls/strength.h"

#include <string_view>

#include <openssl/err.h>

#include "proxy/base/ascii.h"
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
// TLS 1.0 and 1.1 know none of the above.
constexpr const char* kOldCiphers =
    ":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:"
    "ECDHE-RSA-AES256-SHA:AES128-SHA:AES256-SHA";
constexpr const char* kSuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";

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

// True if TLS 1.0 or 1.1 are wanted.
bool set_versions(SSL_CTX* context, const Strength& wanted,
                  TlsProblems& problems) {
  const std::string min_setting = wanted.settings + "_min_proto_version";
  const std::string max_setting = wanted.settings + "_max_proto_version";
  int least = TLS1_2_VERSION;
  int most = TLS1_3_VERSION;
  if (!wanted.min_version.empty())
    least = find_version(min_setting, wanted.min_version, problems);
  if (!wanted.max_version.empty())
    most = find_version(max_setting, wanted.max_version, problems);
  if (least == 0 || most == 0) return false;
  if (least > most)
    problems.push_back({max_setting, version_name(most) +
                                         " is older than the oldest version "
                                         "allowed, " +
                                         version_name(least)});
  SSL_CTX_set_min_proto_version(context, least);
  SSL_CTX_set_max_proto_version(context, most);
  return least < TLS1_2_VERSION;
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

void set_ciphers(SSL_CTX* context, const Strength& wanted, bool old,
                 TlsProblems& problems) {
  // Their signatures are below every level above 0.
  if (old) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_ciphersuites(context, kSuites);
  SSL_CTX_set1_groups_list(context, kGroups);
  SSL_CTX_set_dh_auto(context, 1);  // only for who lists DHE ciphers
  std::string list = wanted.ciphers;
  if (list.empty()) list = old ? std::string(kCiphers) + kOldCiphers : kCiphers;
  ERR_clear_error();
  if (SSL_CTX_set_cipher_list(context, list.c_str()) != 1) {
    problems.push_back({wanted.settings + "_ciphers",
                        "\"" + printable(list) + "\" " + take_openssl_error()});
    return;
  }
  if (!wanted.ciphers.empty()) warn_of_unknown_ciphers(wanted, problems);
}

}  // namespace

void set_strength(SSL_CTX* context, const Strength& wanted,
                  TlsProblems& problems) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CLEANSE_PLAINTEXT);
  const bool old = set_versions(context, wanted, problems);
  set_ciphers(context, wanted, old, problems);
}

std::string version_name(int version) {
  for (const Version& known : kVersions)
    if (known.number == version) return known.name;
  return "an unknown version";
}

}  // namespace postern
