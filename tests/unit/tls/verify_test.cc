// Which backends' certificates are good enough (T2.6).

#include <doctest/doctest.h>

#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"

using namespace postern;

namespace {

// The files of an authority and a server that shows one certificate.
struct Backend {
  explicit Backend(const Issued& shown, const std::string& issuers = {}) {
    TlsServerOptions options;
    options.cert_file =
        files.folder.write("shown.pem", shown.certificate_pem() + issuers);
    options.key_file = files.folder.write("shown.key", shown.key_pem());
    server = make_server(files, options);
  }
  // Issued by the authority that is trusted.
  explicit Backend(const LeafWish& wish) {
    const Issued shown = issue(wish, &files.authority);
    TlsServerOptions options;
    options.cert_file =
        files.folder.write("shown.pem", shown.certificate_pem());
    options.key_file = files.folder.write("shown.key", shown.key_pem());
    server = make_server(files, options);
  }

  // Why a client does not like it; "" if it does.
  std::string refusal(const std::string& host,
                      const TlsClientOptions& options = {}) const {
    Pair pair(*server, *make_client(files, options), host);
    pair.settle();
    CHECK(pair.client.error.empty() == pair.open());
    // T7.7: the backend is told as well.
    if (!pair.client.error.empty())
      CHECK_MESSAGE(pair.server.error.starts_with("alert "), pair.server.error);
    return pair.client.error;
  }

  TestFiles files;
  std::shared_ptr<const TlsContext> server;
};

TlsClientOptions with(bool TlsClientOptions::*flag, bool value) {
  TlsClientOptions options;
  options.*flag = value;
  return options;
}

const std::string kMail = "mail.example";

}  // namespace

TEST_CASE("names are matched as RFC 7817 says") {
  struct Row {
    std::string host;
    std::vector<std::string> offered;
    std::string refusal;
  };
  const Row rows[] = {
      {"mail.example", {"DNS:mail.example"}, ""},
      {"MAIL.example.", {"DNS:mail.EXAMPLE"}, ""},
      {"b.example", {"DNS:a.example", "DNS:b.example"}, ""},
      {"a.mail.example", {"DNS:*.mail.example"}, ""},
      {"mail.example",
       {"DNS:*.mail.example"},
       "name mismatch: expected mail.example, certificate is for "
       "*.mail.example"},
      {"b.a.mail.example",
       {"DNS:*.mail.example"},
       "name mismatch: expected b.a.mail.example, certificate is for "
       "*.mail.example"},
      {"imap1.mail.example",
       {"DNS:imap*.mail.example"},
       "name mismatch: expected imap1.mail.example, certificate is for "
       "imap*.mail.example"},
      {"a.b.example",
       {"DNS:a.*.example"},
       "name mismatch: expected a.b.example, certificate is for a.*.example"},
      {"192.0.2.1", {"IP:192.0.2.1"}, ""},
      {"2001:db8::1", {"IP:2001:db8::1"}, ""},
      {"192.0.2.1",
       {"IP:192.0.2.2", "DNS:mail.example"},
       "name mismatch: expected 192.0.2.1, certificate is for 192.0.2.2, "
       "mail.example"},
      // the right text in the wrong kind of name
      {"192.0.2.1",
       {"DNS:192.0.2.1"},
       "name mismatch: expected 192.0.2.1, certificate is for 192.0.2.1"},
      {"mail.example",
       {"email:mail@mail.example", "URI:imap://mail.example"},
       "name mismatch: expected mail.example, certificate is for nobody"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    LeafWish wish;
    wish.alternatives = row.offered;
    CHECK(Backend(wish).refusal(row.host) == row.refusal);
  }
}

TEST_CASE("a common name counts only where there are no other names") {
  LeafWish wish;
  wish.alternatives = {};
  CHECK(Backend(wish).refusal(kMail).empty());
  wish.alternatives = {"DNS:other.example"};
  CHECK(Backend(wish).refusal(kMail) ==
        "name mismatch: expected mail.example, certificate is for "
        "other.example");
  wish.alternatives = {"IP:192.0.2.1"};
  CHECK(Backend(wish).refusal(kMail) ==
        "name mismatch: expected mail.example, certificate is for 192.0.2.1");
  wish.common_name = "192.0.2.1";
  wish.alternatives = {};
  CHECK(Backend(wish).refusal("192.0.2.1") ==
        "name mismatch: expected 192.0.2.1, certificate is for 192.0.2.1");
}

TEST_CASE("dates") {
  LeafWish expired;
  expired.valid_to_days = -1;
  LeafWish early;
  early.valid_from_days = 2;
  const Backend old(expired);
  const Backend young(early);
  CHECK(old.refusal(kMail) == "certificate expired (mail.example)");
  CHECK(young.refusal(kMail) == "certificate not yet valid (mail.example)");
  CHECK(old.refusal(kMail, with(&TlsClientOptions::accept_expired, true)) ==
        "");
  CHECK(young.refusal(
            kMail, with(&TlsClientOptions::accept_not_yet_valid, true)) == "");
  // Each relaxation forgives its own error alone.
  CHECK(young.refusal(kMail, with(&TlsClientOptions::accept_expired, true)) ==
        "certificate not yet valid (mail.example)");
  CHECK(old.refusal(kMail, with(&TlsClientOptions::accept_self_signed, true)) ==
        "certificate expired (mail.example)");
  CHECK(
      old.refusal("b.example", with(&TlsClientOptions::accept_expired, true)) ==
      "name mismatch: expected b.example, certificate is for mail.example");
}

TEST_CASE("self-signed certificates") {
  const Backend backend(issue({}));
  CHECK(backend.refusal(kMail) == "self-signed certificate (mail.example)");
  const auto relaxed = with(&TlsClientOptions::accept_self_signed, true);
  CHECK(backend.refusal(kMail, relaxed).empty());
  CHECK(backend.refusal("b.example", relaxed) ==
        "name mismatch: expected b.example, certificate is for mail.example");
  LeafWish expired;
  expired.valid_to_days = -1;
  CHECK(Backend(issue(expired)).refusal(kMail, relaxed) ==
        "certificate expired (mail.example)");
}

TEST_CASE("authorities that are not trusted") {
  const Issued stranger =
      issue({.common_name = "Stranger", .alternatives = {}, .authority = true});
  const Issued leaf = issue({}, &stranger);
  CHECK(Backend(leaf).refusal(kMail) ==
        "the issuer is not trusted or missing from the chain (mail.example)");
  const Backend backend(leaf);
  Pair pair(*backend.server, *make_client(backend.files));
  pair.settle();
  CHECK(pair.server.error == "alert unknown ca from the peer");
  const auto relaxed = with(&TlsClientOptions::accept_self_signed, true);
  CHECK_FALSE(Backend(leaf).refusal(kMail, relaxed).empty());
}

TEST_CASE("chain and name are waived independently") {
  const Backend unknown(issue({}));
  const auto no_chain = with(&TlsClientOptions::verify_chain, false);
  auto neither = no_chain;
  neither.verify_name = false;
  CHECK(unknown.refusal(kMail, no_chain).empty());
  CHECK(unknown.refusal("b.example", no_chain) ==
        "name mismatch: expected b.example, certificate is for mail.example");
  CHECK(unknown.refusal("b.example", neither).empty());
  CHECK(unknown.refusal("", neither).empty());

  const auto no_name = with(&TlsClientOptions::verify_name, false);
  CHECK(unknown.refusal("b.example", no_name) ==
        "self-signed certificate (mail.example)");
  CHECK(Backend(LeafWish{}).refusal("b.example", no_name).empty());
}

TEST_CASE("without a name to expect nothing is trusted") {
  const Backend backend{LeafWish{}};
  Pair pair(*backend.server, *make_client(backend.files), "");
  CHECK(pair.client.error == "no name to verify the peer by");
  CHECK(pair.client.out.empty());
}

TEST_CASE("a certificate for something else than servers") {
  LeafWish wish;
  wish.extended_usage = "clientAuth";
  CHECK(Backend(wish).refusal(kMail) ==
        "certificate is not meant for servers (mail.example)");
}

TEST_CASE("chains by an intermediate authority") {
  const TestFiles files;
  const Issued middle =
      issue({.common_name = "Middle", .alternatives = {}, .authority = true},
            &files.authority);
  const Issued leaf = issue({}, &middle);
  const std::string leaf_pem = leaf.certificate_pem();
  const std::string middle_pem = middle.certificate_pem();
  const std::string root_pem = files.authority.certificate_pem();
  struct Row {
    std::string what;
    std::string cert_file;
    std::string chain_file;
    int shown;  // certificates a client gets to see
    bool good;
  };
  const Row rows[] = {
      {"one file", leaf_pem + middle_pem, "", 2, true},
      {"one file with the root", leaf_pem + middle_pem + root_pem, "", 2, true},
      {"two files", leaf_pem, middle_pem, 2, true},
      {"out of order", leaf_pem, root_pem + middle_pem, 2, true},
      {"what the chain does not need", leaf_pem,
       issue({}).certificate_pem() + middle_pem + root_pem, 2, true},
      {"incomplete", leaf_pem, "", 1, false},
      {"incomplete again", leaf_pem, root_pem, 1, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    TlsServerOptions options;
    options.cert_file = files.folder.write("one.pem", row.cert_file);
    options.key_file = files.folder.write("one.key", leaf.key_pem());
    if (!row.chain_file.empty())
      options.chain_file = files.folder.write("chain.pem", row.chain_file);
    const auto server = make_server(files, options);
    Pair pair(*server, *make_client(files));
    pair.settle();
    CHECK(pair.open() == row.good);

    RawClient raw;
    CHECK(raw.talk(*server->make_engine()).empty());
    CHECK(sk_X509_num(SSL_get_peer_cert_chain(raw.ssl())) == row.shown);
  }

  SUBCASE("verify depth") {
    TlsServerOptions options;
    options.cert_file = files.folder.write("two.pem", leaf_pem + middle_pem);
    options.key_file = files.folder.write("two.key", leaf.key_pem());
    TlsClientOptions shallow;
    shallow.verify_depth = 0;
    Pair pair(*make_server(files, options), *make_client(files, shallow));
    pair.settle();
    CHECK_FALSE(pair.open());
    CHECK(pair.client.error ==
          "the chain is longer than the verify depth (Middle)");
  }
}

TEST_CASE("revocation lists") {
  const TestFiles files;
  const Issued leaf = issue({}, &files.authority);
  const Issued other = issue({}, &files.authority);
  TlsServerOptions shown;
  shown.cert_file = files.folder.write("leaf.pem", leaf.certificate_pem());
  shown.key_file = files.folder.write("leaf.key", leaf.key_pem());
  const auto server = make_server(files, shown);
  const Issued stranger = issue({.common_name = "S", .authority = true});
  struct Row {
    std::string lists;
    std::string refusal;
  };
  const Row rows[] = {
      {revocation_list_pem(files.authority, {}), ""},
      {revocation_list_pem(files.authority, {&other}), ""},
      {revocation_list_pem(files.authority, {&other, &leaf}),
       "certificate revoked (mail.example)"},
      {revocation_list_pem(stranger, {}) +
           revocation_list_pem(files.authority, {&leaf}),
       "certificate revoked (mail.example)"},
      {revocation_list_pem(stranger, {}),
       "there is no revocation list of the certificate's issuer "
       "(mail.example)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.refusal);
    TlsClientOptions options;
    options.crl_file = files.folder.write("crl.pem", row.lists);
    Pair pair(*server, *make_client(files, options));
    pair.settle();
    CHECK(pair.client.error == row.refusal);
    CHECK(pair.open() == row.refusal.empty());
  }
  // No relaxation speaks of revoked certificates.
  TlsClientOptions relaxed;
  relaxed.accept_expired = relaxed.accept_self_signed = true;
  relaxed.crl_file = files.folder.write(
      "crl.pem", revocation_list_pem(files.authority, {&leaf}));
  Pair pair(*server, *make_client(files, relaxed));
  pair.settle();
  CHECK(pair.client.error == "certificate revoked (mail.example)");
}

namespace {

const std::string kNobodysPin =
    "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

TlsClientOptions pinned(std::vector<std::string> pins, bool chain = true) {
  TlsClientOptions options;
  options.pins = std::move(pins);
  options.verify_chain = chain;
  return options;
}

}  // namespace

TEST_CASE("pins are checked beside the chain and the name") {
  const Backend backend{LeafWish{}};
  const std::string refused = backend.refusal(kMail, pinned({kNobodysPin}));
  const std::string said =
      "the key is not pinned: the certificate (mail.example) has ";
  REQUIRE(refused.starts_with(said));
  // What is told can be pinned.
  const std::string pin = refused.substr(said.size());
  CHECK(is_pin(pin));
  CHECK(backend.refusal(kMail, pinned({pin})).empty());
  CHECK(backend.refusal(kMail, pinned({kNobodysPin, pin})).empty());
  CHECK(backend.refusal("b.example", pinned({pin})) ==
        "name mismatch: expected b.example, certificate is for mail.example");

  LeafWish expired;
  expired.valid_to_days = -1;
  const Backend old(expired);
  CHECK(old.refusal(kMail, pinned({pin})) ==
        "certificate expired (mail.example)");
  // The same names by the same authority, with another key.
  CHECK(Backend{LeafWish{}}.refusal(kMail, pinned({pin})).starts_with(said));
}

TEST_CASE("a pin alone decides where the chain is not verified") {
  LeafWish wish;
  wish.valid_to_days = -1;
  const Issued shown = issue(wish);
  const Backend backend(shown);
  const std::string refused =
      backend.refusal("b.example", pinned({kNobodysPin}, false));
  const std::string pin = refused.substr(refused.rfind(' ') + 1);
  CHECK(backend.refusal("b.example", pinned({pin}, false)).empty());
  auto nothing_else = pinned({kNobodysPin}, false);
  nothing_else.verify_name = false;
  CHECK_FALSE(backend.refusal(kMail, nothing_else).empty());
  nothing_else.pins = {pin};
  CHECK(backend.refusal(kMail, nothing_else).empty());
}

TEST_CASE("how pins are written") {
  CHECK(is_pin(kNobodysPin));
  for (const char* wrong :
       {"", "sha256//", "sha256//AAAA", "sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= "})
    CHECK_FALSE(is_pin(wrong));
}

TEST_CASE("a name instead of the host's") {
  const Backend backend{LeafWish{}};
  TlsClientOptions named;
  named.name = "mail.example";
  CHECK(backend.refusal("192.0.2.1", named).empty());
  CHECK(backend.refusal("b.example", named).empty());
  named.name = "b.example";
  CHECK(backend.refusal(kMail, named) ==
        "name mismatch: expected b.example, certificate is for mail.example");
  for (const auto& [host, name, asked] :
       {std::tuple("192.0.2.1", "", ""), std::tuple("::1", "", ""),
        std::tuple("b.example", "", "b.example"),
        std::tuple("192.0.2.1", "mail.example", "mail.example"),
        std::tuple("b.example", "192.0.2.1", "")}) {
    TlsClientOptions options;
    options.verify_name = false;
    options.name = name;
    Pair pair(*backend.server, *make_client(backend.files, options), host);
    pair.settle();
    CHECK(pair.server.engine->facts().sni == asked);
  }
}

TEST_CASE("ciphers without certificates are no way around the checks") {
  TlsClientOptions options;
  options.ciphers = "ADH-AES128-GCM-SHA256:@SECLEVEL=0";
  const auto made = TlsContext::client(options);
  REQUIRE_FALSE(made);
  CHECK(made.error().text ==
        "ssl_outgoing_ciphers: ADH-AES128-GCM-SHA256 needs no certificate, so "
        "that anybody could be the backend: expected a list with !aNULL");
  options.verify_chain = options.verify_name = false;
  CHECK(TlsContext::client(options));
}
