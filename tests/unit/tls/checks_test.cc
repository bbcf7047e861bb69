// What --check finds in TLS settings, and what keeps a service from starting.

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"

using namespace postern;

namespace {

TlsServerOptions good() {
  TlsServerOptions options;
  options.cert_file = test_files().cert_file;
  options.key_file = test_files().key_file;
  return options;
}

TlsServerOptions showing(const LeafWish& wish) {
  const Issued made = issue(wish, &test_files().authority);
  TlsServerOptions options;
  options.cert_file =
      test_files().folder.write("x.pem", made.certificate_pem());
  options.key_file = test_files().folder.write("x.key", made.key_pem());
  return options;
}

// "setting: text", with ", warning" for those; one line each.
template <class Options>
std::string found(const Options& options) {
  std::string lines;
  for (const TlsProblem& problem : check_tls(options))
    lines += problem.setting + ": " + problem.text +
             (problem.warning ? ", warning\n" : "\n");
  // The folder's name is random.
  const std::string folder = test_files().folder.path("");
  for (size_t at = 0; (at = lines.find(folder)) != std::string::npos;)
    lines.erase(at, folder.size());
  return lines;
}

std::string described(const TlsServerOptions& options) {
  const std::string line = report_certificates(options).found.at(0);
  REQUIRE(line.starts_with(options.cert_file + ": "));
  return line.substr(options.cert_file.size() + 2);
}

std::string refusal(const TlsServerOptions& options) {
  const auto made = TlsContext::server(options);
  return made ? "" : made.error().text;
}

}  // namespace

TEST_CASE("nothing to say about good settings") {
  CHECK(found(good()).empty());
  CHECK(found(TlsClientOptions{}).empty());
  CHECK(described(good()) == "mail.example (ECDSA P-256, 90 days left)");
}

TEST_CASE("files") {
  auto options = good();
  options.cert_file = test_files().folder.path("gone.pem");
  options.key_file = test_files().folder.write("text.pem", "hello\n");
  options.chain_file = test_files().folder.write("empty.pem", "");
  CHECK(found(options) ==
        "ssl_key_file: text.pem: holds no private key in PEM\n"
        "ssl_cert_file: gone.pem: No such file or directory\n"
        "ssl_ca_chain_file: empty.pem: holds no certificate in PEM\n");
  CHECK(refusal(options).starts_with("ssl_key_file: "));
  CHECK(report_certificates(options).found.empty());

  CHECK(found(TlsServerOptions{}) ==
        "ssl_key_file: no file is set\nssl_cert_file: no file is set\n");

  options = good();
  options.cert_file = test_files().folder.write(
      "cut.pem", test_files().leaf.certificate_pem().substr(0, 300));
  CHECK(found(options) == "ssl_cert_file: cut.pem: PEM is damaged\n");
}

TEST_CASE("a key for another certificate") {
  auto options = good();
  for (const Issued& other : {issue({}), issue({.key_type = "RSA"})}) {
    options.key_file = test_files().folder.write("other.pem", other.key_pem());
    CHECK(found(options) ==
          "ssl_key_file: other.pem: does not match the certificate\n");
    CHECK_FALSE(refusal(options).empty());
  }
}

TEST_CASE("T10.8: a key that others can read") {
  auto options = good();
  options.key_file =
      test_files().folder.write("open.pem", test_files().leaf.key_pem());
  using std::filesystem::perms;
  const auto allow = [&](perms who) {
    std::filesystem::permissions(options.key_file, perms::owner_read | who);
  };
  // A group is how a key is shared on purpose.
  allow(perms::group_read);
  CHECK(found(options).empty());
  const std::string text =
      "ssl_key_file: open.pem: everybody on this machine can read or change "
      "it: chmod o= (or see ssl_allow_open_keys)";
  for (const auto who : {perms::others_read, perms::others_write}) {
    allow(who);
    options.open_keys = false;
    CHECK(found(options) == text + "\n");
    CHECK_FALSE(refusal(options).empty());
    options.open_keys = true;
    CHECK(found(options) == text + ", warning\n");
    CHECK(refusal(options).empty());
  }
}

TEST_CASE("passphrases") {
  auto options = good();
  options.key_file = test_files().folder.write(
      "locked.pem", test_files().leaf.key_pem("sesame"));
  CHECK(found(options) ==
        "ssl_key_file: locked.pem: is encrypted: it needs a passphrase "
        "file\n");
  options.passphrase_file = test_files().folder.write("pass", "wrong\n");
  CHECK(found(options) ==
        "ssl_key_file: locked.pem: the passphrase is wrong\n");
  options.passphrase_file = test_files().folder.path("gone");
  CHECK(found(options) ==
        "ssl_passphrase_file: gone: No such file or directory\n");
  for (const char* right : {"sesame", "sesame\n", "sesame\r\nmore\n"}) {
    options.passphrase_file = test_files().folder.write("pass", right);
    CHECK(found(options).empty());
    CHECK(refusal(options).empty());
  }
}

TEST_CASE("dates and weak keys are warned of, and served") {
  struct Row {
    LeafWish wish;
    std::string found;
  };
  const Row rows[] = {
      {{.valid_to_days = -3}, "expired 3 days ago"},
      {{.valid_to_days = 9}, "expires in 9 days"},
      {{.valid_to_days = 13}, "expires in 13 days"},
      {{.valid_from_days = 2}, "is not valid yet"},
  };
  for (const Row& row : rows) {
    const auto options = showing(row.wish);
    CHECK(found(options) ==
          "ssl_cert_file: x.pem: " + row.found + ", warning\n");
    CHECK(refusal(options).empty());
  }
  CHECK(found(showing({.valid_to_days = 14})).empty());
  CHECK(described(showing({.valid_to_days = -3})) ==
        "mail.example (ECDSA P-256, expired)");

  auto weak = showing({.key_type = "RSA", .rsa_bits = 1024});
  CHECK_FALSE(found(weak).empty());
  weak.ciphers = "DEFAULT@SECLEVEL=0";
  CHECK(found(weak) ==
        "ssl_cert_file: x.pem: the key is weak: RSA 1024, warning\n");
  CHECK(described(weak) == "mail.example (RSA 1024, 90 days left)");
}

TEST_CASE("certificates for many names") {
  LeafWish wish;
  wish.alternatives.clear();
  for (int i = 0; i < 10; ++i)
    wish.alternatives.push_back("DNS:" + std::to_string(i) + ".example");
  CHECK(described(showing(wish)) ==
        "0.example, 1.example, 2.example, 3.example, 4.example, 5.example, "
        "6.example, 7.example and 2 more (ECDSA P-256, 90 days left)");
}

TEST_CASE("versions") {
  auto options = good();
  options.min_version = "sslv3";
  options.max_version = "tls1.2";
  CHECK(found(options) ==
        "ssl_listen_min_proto_version: SSLv3 is broken and not supported: "
        "tlsv1 is the oldest version there is\n"
        "ssl_listen_max_proto_version: \"tls1.2\" is not a version: expected "
        "tlsv1, tlsv1.1, tlsv1.2 or tlsv1.3\n");
  options.min_version = "tlsv1.3";
  options.max_version = "TLSv1.2";
  CHECK(found(options) ==
        "ssl_listen_max_proto_version: TLSv1.2 is older than the oldest "
        "version allowed, TLSv1.3\n");
  options.min_version.clear();
  options.max_version = "tlsv1.1";
  CHECK(found(options) ==
        "ssl_listen_max_proto_version: TLSv1.1 is older than the oldest "
        "version allowed, TLSv1.2\n");
}

TEST_CASE("old versions work where they are asked for") {
  auto options = good();
  options.min_version = "tlsv1";
  CHECK(found(options).empty());
  for (const char* key_type : {"EC", "RSA"})
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
      CAPTURE(version);
      CAPTURE(key_type);
      auto old = showing({.key_type = key_type});
      old.min_version = "tlsv1";
      RawClient client([&](SSL* ssl) {
        SSL_set_security_level(ssl, 0);
        SSL_set_min_proto_version(ssl, version);
        SSL_set_max_proto_version(ssl, version);
      });
      const auto server = make_server(test_files(), old)->make_engine();
      CHECK(client.talk(*server).empty());
      CHECK(server->open());
      CHECK(server->facts().version == SSL_get_version(client.ssl()));
    }
}

TEST_CASE("versions of both sides are independent") {
  TlsServerOptions newest = good();
  newest.min_version = "tlsv1.3";
  TlsClientOptions older;
  older.max_version = "tlsv1.2";
  Pair pair(*make_server(test_files(), newest),
            *make_client(test_files(), older));
  pair.settle();
  CHECK(pair.server.error == "client speaks TLSv1.2, too old a version");
  CHECK(pair.client.error == "alert protocol version from the peer");
}

TEST_CASE("ciphers") {
  auto options = good();
  options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA265";
  CHECK(found(options) ==
        "ssl_listen_ciphers: \"ECDHE-ECDSA-AES128-GCM-SHA265\" selects no "
        "cipher\n");
  options.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:RC5-SHA:!aNULL:!EXPORT";
  CHECK(found(options) ==
        "ssl_listen_ciphers: \"RC5-SHA\" selects no cipher, warning\n");
  TlsClientOptions client;
  client.max_version = "tlsv1.2";
  Pair pair(*make_server(test_files(), options),
            *make_client(test_files(), client));
  pair.settle();
  CHECK(pair.client.engine->facts().cipher == "ECDHE-ECDSA-AES256-GCM-SHA384");
}

TEST_CASE("the client's order of ciphers, if the server has none") {
  auto options = good();
  const auto prefer = [](SSL* ssl) {
    SSL_set_ciphersuites(ssl, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
  };
  const auto chosen = [&] {
    RawClient client(prefer);
    const auto server = make_server(test_files(), options)->make_engine();
    CHECK(client.talk(*server).empty());
    return server->facts().cipher;
  };
  CHECK(chosen() == "TLS_AES_128_GCM_SHA256");
  options.server_preference = false;
  CHECK(chosen() == "TLS_AES_256_GCM_SHA384");
}

TEST_CASE("whom to trust") {
  TlsClientOptions options;
  options.ca_file = test_files().folder.path("gone.pem");
  options.ca_path = test_files().folder.path("nowhere");
  options.min_version = "tlsv9";
  options.ciphers = "none";
  CHECK(found(options) ==
        "ssl_outgoing_min_proto_version: \"tlsv9\" is not a version: expected "
        "tlsv1, tlsv1.1, tlsv1.2 or tlsv1.3\n"
        "ssl_outgoing_ciphers: \"none\" selects no cipher\n"
        "ssl_ca_file: gone.pem: No such file or directory\n"
        "ssl_ca_path: nowhere: not a directory\n");
  CHECK_FALSE(TlsContext::client(options));
  options = {};
  options.system_trust = false;
  CHECK(found(options) == "ssl_ca_file: no certificate authority to trust\n");
  options.verify_chain = false;
  CHECK(found(options).empty());
}

TEST_CASE("a directory of authorities, hashed as OpenSSL wants it") {
  const std::string folder = test_files().folder.path("hashed");
  std::filesystem::create_directory(folder);
  char name[32];
  std::snprintf(
      name, sizeof name, "hashed/%08lx.0",
      X509_subject_name_hash(test_files().authority.certificate.get()));
  test_files().folder.write(name, test_files().authority.certificate_pem());
  TlsClientOptions options;
  options.ca_path = folder;
  Pair pair(*make_server(test_files()),
            *must_make(TlsContext::client(options)));
  pair.settle();
  CHECK(pair.open());
}
