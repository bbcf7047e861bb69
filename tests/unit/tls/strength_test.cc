// Profiles, and the single settings that go before them.

#include <unistd.h>

#include <doctest/doctest.h>
#include <openssl/pem.h>

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

// "setting: text" of the first problem; the folder left out.
std::string found(const TlsServerOptions& options) {
  const TlsProblems problems = check_tls(options);
  if (problems.empty()) return {};
  std::string line = problems[0].setting + ": " + problems[0].text +
                     (problems[0].warning ? ", warning" : "");
  const std::string folder = test_files().folder.path("");
  if (const size_t at = line.find(folder); at != std::string::npos)
    line.erase(at, folder.size());
  return line;
}

// What an old client that takes anything agrees on; empty if nothing.
TlsFacts agreed(const TlsServerOptions& options, int version,
                const char* ciphers = "ALL:@SECLEVEL=0") {
  RawClient client([&](SSL* ssl) {
    SSL_set_min_proto_version(ssl, version);
    SSL_set_max_proto_version(ssl, version);
    SSL_set_cipher_list(ssl, ciphers);
  });
  const auto server = must_make(TlsContext::server(options))->make_engine();
  client.talk(*server);
  return server->facts();
}

constexpr const char* kWeakParameters =
    "-----BEGIN DH PARAMETERS-----\n"
    "MIGHAoGBALchMR1HPePYiL9zV9MIZd+k8MPuyaBnz4b4agwXc8FJP04G8xmlWsoj\n"
    "8bEUw3oz/SlNaCfC/nMyyTjt8vV1qX2Uj5hnYJCGKzbfcJKVLM+joNFfT3ZrXk/6\n"
    "R27D5ja4lSavOQOQq3J9FYlt6bVrbrtlveKa63L5w8iL1ZWx/uq/AgEC\n"
    "-----END DH PARAMETERS-----\n";

// So few that no level of security allows them.
std::string dh_parameters(int bits) {
  const std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
  REQUIRE(EVP_PKEY_paramgen_init(maker.get()) == 1);
  EVP_PKEY_CTX_set_dh_paramgen_prime_len(maker.get(), bits);
  EVP_PKEY* made = nullptr;
  REQUIRE(EVP_PKEY_paramgen(maker.get(), &made) == 1);
  const KeyPtr parameters(made);
  const BioPtr memory(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_Parameters(memory.get(), made) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<size_t>(size)};
}

}  // namespace

TEST_CASE("profiles allow what they are for") {
  struct Row {
    const char* profile;
    int oldest;
  };
  for (const Row& row :
       {Row{"", TLS1_2_VERSION}, Row{"intermediate", TLS1_2_VERSION},
        Row{"modern", TLS1_3_VERSION}, Row{"old", TLS1_VERSION}}) {
    auto options = good();
    options.profile = row.profile;
    CHECK(found(options).empty());
    for (const int version :
         {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
      CAPTURE(row.profile);
      CAPTURE(version);
      CHECK(agreed(options, version).version.empty() == (version < row.oldest));
    }
  }
  auto options = good();
  CHECK(agreed(options, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA")
            .version.empty());
  options.profile = "old";
  CHECK(agreed(options, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA").cipher ==
        "ECDHE-ECDSA-AES128-SHA");
}

TEST_CASE("a single setting goes before the profile") {
  auto options = good();
  options.profile = "modern";
  options.min_version = "tlsv1.2";
  CHECK(agreed(options, TLS1_2_VERSION).version == "TLSv1.2");
  options.suites = "TLS_CHACHA20_POLY1305_SHA256";
  options.groups = "P-384";
  const TlsFacts facts = agreed(options, TLS1_3_VERSION);
  CHECK(facts.cipher == "TLS_CHACHA20_POLY1305_SHA256");
  CHECK(facts.group == "P-384");
  options.profile = "old";
  options.min_version = "tlsv1.3";
  CHECK(agreed(options, TLS1_2_VERSION).version.empty());
}

TEST_CASE("what is no suite and no group") {
  auto options = good();
  options.suites = "TLS_ROT_13";
  CHECK(found(options).starts_with(
      "ssl_listen_ciphersuites: \"TLS_ROT_13\" is no list of TLS 1.3 cipher "
      "suites, expected for instance TLS_AES_128_GCM_SHA256:"));
  options = good();
  options.groups = "P-257";
  CHECK(found(options) ==
        "ssl_listen_groups: \"P-257\" is no list of groups, expected for "
        "instance X25519:P-256:P-384");
  TlsClientOptions back;
  back.suites = "x";
  CHECK(check_tls(back).at(0).setting == "ssl_outgoing_ciphersuites");
  back = {};
  back.groups = "x";
  CHECK(check_tls(back).at(0).setting == "ssl_outgoing_groups");
}

TEST_CASE("DH parameters from a file") {
  const Issued rsa = issue({.key_type = "RSA"}, &test_files().authority);
  TlsServerOptions options;
  options.cert_file =
      test_files().folder.write("rsa.pem", rsa.certificate_pem());
  options.key_file = test_files().folder.write("rsa.key", rsa.key_pem());
  options.ciphers = "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0";
  options.dh_params_file = test_files().folder.write("dh.pem", kWeakParameters);
  CHECK(found(options) ==
        "ssl_dh_params_file: dh.pem: DH parameters of 1024 bits are weak, "
        "warning");
  RawClient client([&](SSL* ssl) {
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_set_cipher_list(ssl, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0");
  });
  CHECK(client.talk(*must_make(TlsContext::server(options))->make_engine())
            .empty());
  EVP_PKEY* used = nullptr;
  REQUIRE(SSL_get_peer_tmp_key(client.ssl(), &used) == 1);
  CHECK(EVP_PKEY_get_bits(used) == 1024);
  EVP_PKEY_free(used);

  options.ciphers.clear();
  test_files().folder.write("dh.pem", dh_parameters(512));
  CHECK(found(options) ==
        "ssl_dh_params_file: dh.pem: DH parameters of 512 bits are too weak");
  options.dh_params_file = options.cert_file;
  CHECK(found(options) ==
        "ssl_dh_params_file: rsa.pem: holds no DH parameters in PEM");
  options.dh_params_file = test_files().folder.path("gone");
  CHECK(found(options) ==
        "ssl_dh_params_file: gone: No such file or directory");
}

TEST_CASE("a passphrase from a descriptor is remembered for renewed keys") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], "sesame\nmore", 11) == 11);
  auto options = good();
  options.key_file =
      test_files().folder.write("fd.pem", test_files().leaf.key_pem("sesame"));
  options.passphrase_fd = ends[0];
  CHECK(found(options).empty());
  close(ends[0]);
  close(ends[1]);
  CHECK(found(options).empty());
  options.passphrase_fd = 9999;
  CHECK(found(options) ==
        "ssl_passphrase_fd: descriptor 9999: Bad file descriptor");
}
