// OCSP responses kept beside certificates: which are handed out.

#include <doctest/doctest.h>
#include <openssl/ocsp.h>

#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"

using namespace postern;

namespace {

struct Wish {
  int status = V_OCSP_CERTSTATUS_GOOD;
  long from = -3600;
  long until = 86400;
  const Issued* signer = &test_files().authority;
};

// DER, about `leaf`.
std::string response(const Issued& leaf, const Wish& wish) {
  using BasicPtr =
      std::unique_ptr<OCSP_BASICRESP, FreeWith<OCSP_BASICRESP_free>>;
  using ResponsePtr =
      std::unique_ptr<OCSP_RESPONSE, FreeWith<OCSP_RESPONSE_free>>;
  using TimePtr = std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>>;
  const BasicPtr basic(OCSP_BASICRESP_new());
  OCSP_CERTID* id = OCSP_cert_to_id(EVP_sha1(), leaf.certificate.get(),
                                    test_files().authority.certificate.get());
  const TimePtr from(X509_gmtime_adj(nullptr, wish.from));
  const TimePtr until(X509_gmtime_adj(nullptr, wish.until));
  OCSP_basic_add1_status(basic.get(), id, wish.status, 0, from.get(),
                         from.get(), until.get());
  OCSP_CERTID_free(id);
  REQUIRE(OCSP_basic_sign(basic.get(), wish.signer->certificate.get(),
                          wish.signer->key.get(), EVP_sha256(), nullptr,
                          0) == 1);
  const ResponsePtr whole(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_RESPONSE(whole.get(), &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

// A certificate with its issuer behind it, in a folder of its own.
struct Files {
  TemporaryFolder folder;
  Issued leaf = issue({}, &test_files().authority);
  TlsServerOptions options;

  Files() {
    options.cert_file =
        folder.write("cert.pem", leaf.certificate_pem() +
                                     test_files().authority.certificate_pem());
    options.key_file = folder.write("key.pem", leaf.key_pem());
  }

  void staple(const std::string& der) const {
    folder.write("cert.pem.ocsp", der);
  }
  std::string found() const {
    const TlsProblems problems = check_tls(options);
    if (problems.empty()) return {};
    CHECK(problems[0].warning);
    const std::string start = options.cert_file + ".ocsp: ";
    REQUIRE(problems[0].text.starts_with(start));
    return problems[0].text.substr(start.size());
  }
};

// What a client is given that asks.
std::string stapled(const TlsContext& context, int version = TLS1_3_VERSION) {
  RawClient client([&](SSL* ssl) {
    SSL_set_min_proto_version(ssl, version);
    SSL_set_max_proto_version(ssl, version);
    SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
  });
  const auto server = context.make_engine();
  REQUIRE(client.talk(*server).empty());
  REQUIRE(server->open());
  const unsigned char* bytes = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(client.ssl(), &bytes);
  if (size <= 0) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)};
}

}  // namespace

TEST_CASE("a good response is handed to who asks for it") {
  const Files files;
  CHECK(stapled(*must_make(TlsContext::server(files.options))).empty());
  const std::string der = response(files.leaf, {});
  files.staple(der);
  CHECK(files.found().empty());
  const auto context = must_make(TlsContext::server(files.options));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    CHECK(stapled(*context, version) == der);
  RawClient indifferent;
  CHECK(indifferent.talk(*context->make_engine()).empty());

  // It is fetched anew every few days.
  const std::string newer = response(files.leaf, {.from = -60});
  files.staple(newer);
  context->refresh(true);
  CHECK(stapled(*context) == newer);
}

TEST_CASE("a bad one is not, and the certificate serves without") {
  const Files files;
  const Issued other = issue({}, &test_files().authority);
  const Issued stranger =
      issue({.common_name = "Other Authority", .authority = true});
  const std::pair<std::string, const char*> rows[] = {
      {"", "is no successful OCSP response"},
      {"rubbish", "is no successful OCSP response"},
      {response(files.leaf, {}).substr(0, 100),
       "is no successful OCSP response"},
      {response(other, {}), "is about another certificate"},
      {response(files.leaf, {.signer = &stranger}),
       "is not signed by the issuer"},
      {response(files.leaf, {.status = V_OCSP_CERTSTATUS_REVOKED}),
       "says that the certificate is revoked"},
      {response(files.leaf, {.from = -7200, .until = -3600}), "is out of date"},
      {response(files.leaf, {.from = 3600}), "is out of date"},
  };
  for (const auto& [der, why] : rows) {
    CAPTURE(why);
    files.staple(der);
    CHECK(files.found() == std::string(why) + ": not handed out");
    CHECK(stapled(*must_make(TlsContext::server(files.options))).empty());
  }
}

TEST_CASE("without the issuer's certificate nothing can be said of one") {
  const Files files;
  files.folder.write("cert.pem", files.leaf.certificate_pem());
  files.staple(response(files.leaf, {}));
  CHECK(files.found() ==
        "the issuer's certificate is not in the chain: not handed out");
}

TEST_CASE("responses beside certificates by name") {
  const TemporaryFolder folder;
  const Issued leaf =
      issue({.alternatives = {"DNS:one.example"}}, &test_files().authority);
  folder.write("one.example.pem", leaf.certificate_pem() +
                                      test_files().authority.certificate_pem() +
                                      leaf.key_pem());
  const std::string der = response(leaf, {});
  folder.write("one.example.pem.ocsp", der);
  TlsServerOptions options;
  options.cert_dir = folder.path("");
  const auto context = make_server(test_files(), options);
  RawClient client([](SSL* ssl) {
    SSL_set_tlsext_host_name(ssl, "one.example");
    SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
  });
  CHECK(client.talk(*context->make_engine()).empty());
  const unsigned char* bytes = nullptr;
  CHECK(SSL_get_tlsext_status_ocsp_resp(client.ssl(), &bytes) ==
        static_cast<long>(der.size()));
  CHECK(stapled(*context).empty());  // the default has none
}
