// Clients that show certificates: who is let in, what we know of them, and
// what those who are not hear.

#include <doctest/doctest.h>

#include "proxy/tls/certificate_field.h"
#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"

using namespace postern;

namespace {

const Issued& joe() {
  static const Issued kJoe =
      issue({.common_name = "Joe User",
             .alternatives = {"email:joe@example.org", "email:j@example.org",
                              "DNS:joes.example"},
             .extended_usage = "clientAuth"},
            &test_files().authority);
  return kJoe;
}

TlsServerOptions asking(ClientCertificates mode) {
  TlsServerOptions options;
  options.client_certificates = mode;
  options.client_ca_file = test_files().ca_file;
  return options;
}

struct Outcome {
  TlsFacts facts;
  std::vector<std::string> emails;
  std::string error;
  int alert = -1;
  SessionPtr session;
};

void only(SSL* ssl, int version) {
  SSL_set_min_proto_version(ssl, version);
  SSL_set_max_proto_version(ssl, version);
}

// A client that shows `own`, or nothing, and perhaps resumes.
Outcome connect(const TlsContext& context, int version, const Issued* own,
                SSL_SESSION* session = nullptr) {
  RawClient client([&](SSL* ssl) {
    only(ssl, version);
    if (own != nullptr) {
      SSL_use_certificate(ssl, own->certificate.get());
      SSL_use_PrivateKey(ssl, own->key.get());
    }
    if (session != nullptr) SSL_set_session(ssl, session);
  });
  const auto server = context.make_engine();
  Outcome outcome;
  outcome.error = client.talk(*server);
  outcome.facts = server->facts();
  outcome.emails = server->client_names(CertificateField::Rfc822Name);
  outcome.alert = client.alert();
  if (!server->open()) return outcome;
  server->queue_ticket();
  Buffer out;
  REQUIRE(server->write("a OK\r\n", out));
  client.feed(out.view());
  outcome.session = client.session();
  return outcome;
}

constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

}  // namespace

TEST_CASE("each field has its names, as they are") {
  using Field = CertificateField;
  using Names = std::vector<std::string>;
  const Issued odd = issue(
      {.common_name = "Joe\nUser",
       .alternatives = {"email:joe@example.org", "email:j@example.org",
                        "otherName:msUPN;UTF8:joe@REALM",
                        "otherName:1.2.3.4;UTF8:eve", "DNS:joes.example"}},
      nullptr);
  const auto names = [&](Field field) {
    return names_in_field(odd.certificate.get(), field);
  };
  CHECK(names(Field::CommonName) == Names{"Joe\nUser"});
  CHECK(names(Field::EmailAddress).empty());
  CHECK(names(Field::UserId).empty());
  CHECK(names(Field::Rfc822Name) == Names{"joe@example.org", "j@example.org"});
  CHECK(names(Field::PrincipalName) == Names{"joe@REALM"});
}

TEST_CASE("clients are not asked unless told so") {
  for (const int version : kVersions) {
    const Outcome outcome =
        connect(*make_server(test_files()), version, &joe());
    CHECK(outcome.error.empty());
    CHECK_FALSE(outcome.facts.peer_verified);
    CHECK(outcome.facts.peer_name.empty());
    CHECK(outcome.emails.empty());
  }
}

TEST_CASE("a good certificate is known by its names and its fingerprint") {
  for (const auto mode :
       {ClientCertificates::Optional, ClientCertificates::Required})
    for (const int version : kVersions) {
      const auto server = make_server(test_files(), asking(mode));
      const Outcome outcome = connect(*server, version, &joe());
      CHECK(outcome.error.empty());
      const TlsFacts& facts = outcome.facts;
      CHECK(facts.peer_verified);
      CHECK(facts.peer_name == "Joe User");
      CHECK(facts.peer_emails ==
            std::vector<std::string>{"joe@example.org", "j@example.org"});
      CHECK(facts.peer_hosts == std::vector<std::string>{"joes.example"});
      CHECK(facts.peer_fingerprint.size() == 64);

      // It is known in a resumed session too.
      const Outcome again =
          connect(*server, version, nullptr, outcome.session.get());
      CHECK(again.facts.resumed);
      CHECK(again.emails ==
            std::vector<std::string>{"joe@example.org", "j@example.org"});
      CHECK(again.facts.peer_verified);
      CHECK(again.facts.peer_name == "Joe User");
      CHECK(again.facts.peer_fingerprint == facts.peer_fingerprint);
    }
}

TEST_CASE("T7.11: none at all") {
  const auto optional =
      make_server(test_files(), asking(ClientCertificates::Optional));
  const auto required =
      make_server(test_files(), asking(ClientCertificates::Required));
  for (const int version : kVersions) {
    const Outcome allowed = connect(*optional, version, nullptr);
    CHECK(allowed.error.empty());
    CHECK_FALSE(allowed.facts.peer_verified);
    const Outcome refused = connect(*required, version, nullptr);
    CHECK(refused.error == "the client sent no certificate");
    CHECK(refused.alert == (version == TLS1_3_VERSION
                                ? SSL_AD_CERTIFICATE_REQUIRED
                                : SSL_AD_HANDSHAKE_FAILURE));
  }
}

TEST_CASE("T7.11: one that is not good, in either mode") {
  const Issued other =
      issue({.common_name = "Other Authority", .authority = true});
  struct Row {
    Issued shown;
    int alert;
    const char* why;
  };
  const Row rows[] = {
      {issue({.common_name = "Eve"}, &other), SSL_AD_UNKNOWN_CA,
       "the issuer is not trusted or missing from the chain (Eve)"},
      {issue({.common_name = "Eve"}), SSL_AD_UNKNOWN_CA,
       "self-signed certificate (Eve)"},
      {issue({.common_name = "Old", .valid_to_days = -1},
             &test_files().authority),
       SSL_AD_CERTIFICATE_EXPIRED, "certificate expired (Old)"},
      {issue({.common_name = "Host", .extended_usage = "serverAuth"},
             &test_files().authority),
       SSL_AD_UNSUPPORTED_CERTIFICATE, "it is not meant for clients (Host)"},
  };
  for (const auto mode :
       {ClientCertificates::Optional, ClientCertificates::Required})
    for (const Row& row : rows)
      for (const int version : kVersions) {
        const Outcome outcome = connect(
            *make_server(test_files(), asking(mode)), version, &row.shown);
        CHECK(outcome.error ==
              std::string("the client's certificate is refused: ") + row.why);
        CHECK(outcome.alert == row.alert);
        CHECK_FALSE(outcome.facts.peer_verified);
      }
}

TEST_CASE("certificates that have been revoked") {
  auto options = asking(ClientCertificates::Required);
  const auto list = [&](const std::vector<const Issued*>& revoked) {
    return test_files().folder.write(
        "crl.pem", revocation_list_pem(test_files().authority, revoked));
  };
  options.client_crl_file = list({});
  const auto before = make_server(test_files(), options);
  const Outcome good = connect(*before, TLS1_3_VERSION, &joe());
  CHECK(good.error.empty());

  options.client_crl_file = list({&joe()});
  const auto after = make_server(test_files(), options);
  const Outcome revoked = connect(*after, TLS1_3_VERSION, &joe());
  CHECK(revoked.error ==
        "the client's certificate is refused: certificate revoked (Joe User)");
  CHECK(revoked.alert == SSL_AD_CERTIFICATE_REVOKED);
  // A ticket from before does not help.
  CHECK_FALSE(connect(*after, TLS1_3_VERSION, &joe(), good.session.get())
                  .error.empty());

  // A list of somebody else's says nothing of Joe.
  const Issued other =
      issue({.common_name = "Other Authority", .authority = true});
  options.client_crl_file =
      test_files().folder.write("other.pem", revocation_list_pem(other, {}));
  CHECK(connect(*make_server(test_files(), options), TLS1_3_VERSION, &joe())
            .error.find("there is no revocation list") != std::string::npos);
}

TEST_CASE("T6.5: no ticket leads past a certificate that is required") {
  const auto open = make_server(test_files());
  const auto closed =
      make_server(test_files(), asking(ClientCertificates::Required));
  const auto optional =
      make_server(test_files(), asking(ClientCertificates::Optional));
  for (const int version : kVersions)
    for (const auto& from : {open, optional}) {
      const Outcome begun = connect(*from, version, nullptr);
      REQUIRE(begun.session);
      const Outcome outcome =
          connect(*closed, version, nullptr, begun.session.get());
      CHECK(outcome.error == "the client sent no certificate");
    }
}

TEST_CASE("what is wrong with the settings") {
  const auto found = [](const TlsServerOptions& options) {
    std::string lines;
    for (const TlsProblem& problem : check_tls(options))
      lines += problem.setting + ": " + problem.text + "\n";
    const std::string folder = test_files().folder.path("");
    for (size_t at = 0; (at = lines.find(folder)) != std::string::npos;)
      lines.erase(at, folder.size());
    return lines;
  };
  auto options = asking(ClientCertificates::Required);
  options.cert_file = test_files().cert_file;
  options.key_file = test_files().key_file;
  CHECK(found(options).empty());
  options.client_crl_file = test_files().folder.write("none.pem", "\n");
  CHECK(found(options) ==
        "ssl_client_crl_file: none.pem: holds no revocation list in PEM\n");
  options.client_crl_file.clear();
  options.client_ca_file = test_files().folder.path("gone.pem");
  CHECK(found(options) ==
        "ssl_client_ca_file: gone.pem: No such file or directory\n");
  options.client_ca_file.clear();
  CHECK(found(options).starts_with("ssl_client_ca_file: not set, and no "));
  options.client_ca_path = test_files().folder.path("gone");
  CHECK(found(options) == "ssl_client_ca_path: gone: not a directory\n");
}
