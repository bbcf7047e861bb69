// Certificates by SNI: which one is shown, what is kept in memory, and what
// happens when files change.

#include "proxy/tls/certificates.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>

#include "proxy/tls/server_name.h"
#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"

using namespace postern;

namespace {

namespace fs = std::filesystem;

// A directory of certificates that test_files()' authority has signed.
class NameFolder {
 public:
  std::string directory() const { return folder_.path("names"); }

  NameFolder() { fs::create_directory(directory()); }

  // NAME/fullchain.pem and privkey.pem.
  void add(const std::string& name, const LeafWish& wish,
           const std::string& kind = {}) const {
    fs::create_directories(directory() + "/" + name);
    const Issued made = issue(wish, &test_files().authority);
    put(name + "/privkey" + kind + ".pem", made.key_pem());
    put(name + "/fullchain" + kind + ".pem", made.certificate_pem());
  }
  // For that name.
  void add(const std::string& name) const { add(name, wish_for(name)); }

  // NAME.pem
  void add_flat(const std::string& name, const LeafWish& wish) const {
    const Issued made = issue(wish, &test_files().authority);
    put(name + ".pem", made.certificate_pem() + made.key_pem());
  }

  // As careful programs do it: beside, then renamed.
  void put(const std::string& file, const std::string& text) const {
    const std::string aside = folder_.write("aside", text);
    fs::rename(aside, directory() + "/" + file);
  }

  static LeafWish wish_for(const std::string& name) {
    return {.common_name = name, .alternatives = {"DNS:" + name}};
  }

  TlsServerOptions options() const {
    TlsServerOptions options;
    options.cert_file = test_files().cert_file;
    options.key_file = test_files().key_file;
    options.cert_dir = directory();
    return options;
  }

 private:
  TemporaryFolder folder_;
};

struct Answer {
  std::string common_name;  // of what was shown
  std::string key;
  std::string error;
  int alert = -1;
  TlsFacts facts;
  SessionPtr session;
};

// What a client is shown that asks for `name`.
Answer ask(
    const TlsContext& context, const char* name,
    const std::function<void(SSL*)>& prepare = [](SSL*) {}) {
  RawClient client([&](SSL* ssl) {
    if (name != nullptr) SSL_set_tlsext_host_name(ssl, name);
    prepare(ssl);
  });
  const auto server = context.make_engine();
  Answer answer;
  answer.error = client.talk(*server);
  answer.alert = client.alert();
  answer.facts = server->facts();
  if (!server->open()) return answer;
  X509* shown = SSL_get0_peer_certificate(client.ssl());
  char text[256] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, text,
                            sizeof text);
  answer.common_name = text;
  answer.key = EVP_PKEY_get0_type_name(X509_get0_pubkey(shown));
  server->queue_ticket();
  Buffer out;
  REQUIRE(server->write("a OK\r\n", out));
  client.feed(out.view());
  answer.session = client.session();
  return answer;
}

std::string shown_to(const TlsContext& context, const char* name) {
  return ask(context, name).common_name;
}

std::string texts(const std::vector<TlsNews>& news) {
  std::string text;
  for (const TlsNews& one : news)
    text += one.text + "\n";
  return text;
}

bool tells_error(const std::vector<TlsNews>& news, const std::string& part) {
  return std::ranges::any_of(news, [&](const TlsNews& one) {
    return one.level == LogLevel::Error &&
           one.text.find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("T6.4: names that are none") {
  CHECK(clean_host_name("Mail.Example") == "mail.example");
  CHECK(clean_host_name("mail.example.") == "mail.example");
  CHECK(clean_host_name("xn--bcher-kva.example") == "xn--bcher-kva.example");
  CHECK(clean_host_name("localhost") == "localhost");
  const std::string label(63, 'a');
  CHECK(clean_host_name(label + ".example"));
  const std::string_view wrong[] = {"",
                                    ".",
                                    "..",
                                    "/",
                                    "a/b",
                                    "../a",
                                    ".a",
                                    "a..b",
                                    "a\\b",
                                    "a b",
                                    "a:b",
                                    "*.example",
                                    "m\xc3\xa4il.example",
                                    std::string_view("a\0b", 3),
                                    "::1",
                                    "a.example..",
                                    "%2e",
                                    "~root"};
  for (const std::string_view name : wrong) {
    CAPTURE(name);
    CHECK_FALSE(clean_host_name(name));
  }
  CHECK_FALSE(clean_host_name(label + "a.example"));
  CHECK_FALSE(clean_host_name(label + "." + label + "." + label + "." + label));
  CHECK(wildcard_for("a.b.example") == "*.b.example");
  CHECK(wildcard_for("localhost").empty());
}

TEST_CASE("exact name, then wildcard, then the default") {
  const NameFolder names;
  names.add("one.example");
  names.add("_.example", NameFolder::wish_for("*.example"));
  names.add("*.sub.example", NameFolder::wish_for("*.sub.example"));
  names.add_flat("flat.test", NameFolder::wish_for("flat.test"));
  names.add_flat("_.flat.test", NameFolder::wish_for("*.flat.test"));
  names.add("UPPER.test", NameFolder::wish_for("upper.test"));
  const auto context = make_server(test_files(), names.options());
  const std::pair<const char*, const char*> rows[] = {
      {"one.example", "one.example"},
      {"ONE.Example", "one.example"},
      {"two.example", "*.example"},
      {"x.two.example", "mail.example"},
      {"x.sub.example", "*.sub.example"},
      {"sub.example", "*.example"},
      {"example", "mail.example"},
      {"flat.test", "flat.test"},
      {"a.flat.test", "*.flat.test"},
      {"upper.test", "upper.test"},
      {"_.example", "*.example"},
      {"unknown.test", "mail.example"},
      {"192.0.2.1", "mail.example"},
      {"one.example/../one.example", "mail.example"},
      {"..", "mail.example"},
      {nullptr, "mail.example"},
  };
  for (const auto& [name, expected] : rows) {
    CAPTURE(name);
    const Answer answer = ask(*context, name);
    CHECK(answer.error.empty());
    CHECK(answer.common_name == expected);
    CHECK(answer.facts.sni == (name == nullptr ? "" : name));
  }
}

TEST_CASE("RSA and ECDSA side by side") {
  const NameFolder names;
  LeafWish wish = NameFolder::wish_for("two.example");
  names.add("two.example", wish, ".ecdsa");
  wish.key_type = "RSA";
  names.add("two.example", wish, ".rsa");
  wish = NameFolder::wish_for("both.test");
  names.add_flat("both.test", wish);
  wish.key_type = "RSA";
  names.add_flat("both.test.rsa", wish);
  const auto context = make_server(test_files(), names.options());
  for (const char* name : {"two.example", "both.test"}) {
    const auto with = [&](const char* algorithms) {
      return ask(*context, name,
                 [&](SSL* ssl) { SSL_set1_sigalgs_list(ssl, algorithms); });
    };
    CHECK(with("ECDSA+SHA256:RSA-PSS+SHA256").key == "EC");
    CHECK(with("ECDSA+SHA256").key == "EC");
    CHECK(with("RSA-PSS+SHA256").key == "RSA");
    CHECK(with("RSA-PSS+SHA256").common_name == name);
  }
  // The default's key never stands in for the name's own.
  LeafWish only = NameFolder::wish_for("rsa.example");
  only.key_type = "RSA";
  names.add("rsa.example", only);
  const auto again = make_server(test_files(), names.options());
  refresh_tls(true);
  CHECK(ask(*again, "rsa.example", [](SSL* ssl) {
          SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256");
        }).error == "no shared signature algorithm");
}

TEST_CASE("T6.4: strict about names") {
  const NameFolder names;
  names.add("one.example");
  auto options = names.options();
  options.sni_strict = true;
  for (const bool with_default : {true, false}) {
    if (!with_default) options.cert_file = options.key_file = "";
    const auto context = must_make(TlsContext::server(options));
    CHECK(shown_to(*context, "one.example") == "one.example");
    // The default's own name counts.
    CHECK(shown_to(*context, "mail.example") ==
          (with_default ? "mail.example" : ""));
    for (const char* name : {"two.example", "192.0.2.1", ".."}) {
      const Answer answer = ask(*context, name);
      CHECK(answer.alert == SSL_AD_UNRECOGNIZED_NAME);
      CHECK(answer.error ==
            "no certificate for the name the client asks for (SNI " +
                std::string(name) + ")");
    }
    const Answer nameless = ask(*context, nullptr);
    CHECK(nameless.alert == SSL_AD_UNRECOGNIZED_NAME);
    CHECK(nameless.error == "the client asks for no name (SNI)");
  }
}

TEST_CASE("T6.5: a ticket is no good for another name") {
  const NameFolder names;
  names.add("one.example");
  names.add("two.example");
  const auto context = make_server(test_files(), names.options());
  const auto resumed = [&](const char* first, const char* then, int version) {
    const auto only = [&](SSL* ssl) {
      SSL_set_min_proto_version(ssl, version);
      SSL_set_max_proto_version(ssl, version);
    };
    const Answer begun = ask(*context, first, only);
    REQUIRE(begun.session);
    const Answer again = ask(*context, then, [&](SSL* ssl) {
      only(ssl);
      SSL_set_session(ssl, begun.session.get());
    });
    CHECK(again.error.empty());
    CHECK(again.facts.sni == then);
    return again.facts.resumed;
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    CHECK(resumed("one.example", "one.example", version));
    CHECK(resumed("no.example", "no.example", version));
    // RFC 6066 section 3, though both are shown the default.
    CHECK_FALSE(resumed("no.example", "neither.example", version));
    CHECK_FALSE(resumed("one.example", "two.example", version));
    CHECK_FALSE(resumed("one.example", "no.example", version));
    CHECK_FALSE(resumed("no.example", "two.example", version));
  }
}

TEST_CASE("memory is bounded, and unknown names take none") {
  const NameFolder names;
  for (int i = 0; i < 10; ++i)
    names.add("n" + std::to_string(i) + ".example");
  const auto opened =
      Certificates::open({.path = names.directory(), .passphrase_file = {}}, 3);
  REQUIRE(opened);
  Certificates& certificates = **opened;
  CHECK(certificates.names() == 10);
  CHECK(certificates.in_memory() == 0);
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 10; ++i) {
      const std::string name = "n" + std::to_string(i) + ".example";
      REQUIRE(certificates.find(name));
      CHECK(certificates.find(name)->identity == "name " + name);
      CHECK(certificates.in_memory() <= 3);
    }
  // The least used leaves.
  const auto kept = certificates.find("n9.example");
  certificates.find("n1.example");
  certificates.find("n2.example");
  certificates.find("n9.example");
  certificates.find("n3.example");
  CHECK(certificates.find("n9.example") == kept);
  for (int i = 0; i < 1000; ++i)
    CHECK_FALSE(certificates.find("x" + std::to_string(i) + ".example"));
  CHECK(certificates.find("n9.example") == kept);
  CHECK(certificates.in_memory() == 3);

  // Those who come later share it, and may change the bound.
  const auto again =
      Certificates::open({.path = names.directory(), .passphrase_file = {}}, 1);
  REQUIRE(again);
  CHECK(*again == *opened);
  CHECK(certificates.in_memory() == 1);
}

TEST_CASE("any thread may ask while others do, and while files change") {
  const NameFolder names;
  const auto renew = [&](int number) {
    const std::string name = "n" + std::to_string(number) + ".example";
    names.add_flat(name, NameFolder::wish_for(name));
  };
  for (int i = 0; i < 4; ++i)
    renew(i);
  const auto opened =
      Certificates::open({.path = names.directory(), .passphrase_file = {}}, 2);
  REQUIRE(opened);
  std::vector<std::thread> threads;
  std::atomic<int> missing = 0;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i)
        if (!(*opened)->find("n" + std::to_string((i + t) % 4) + ".example"))
          ++missing;
    });
  for (int i = 0; i < 20; ++i) {
    if (i % 4 == 0) renew(0);
    (*opened)->refresh(i % 2 == 0);
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(missing == 0);
}

TEST_CASE("names that come, go and are renewed") {
  const NameFolder names;
  names.add("one.example");
  const auto context = make_server(test_files(), names.options());
  CHECK(shown_to(*context, "one.example") == "one.example");
  CHECK(shown_to(*context, "new.example") == "mail.example");
  names.add("new.example");
  refresh_tls(false);
  CHECK(shown_to(*context, "new.example") == "new.example");

  LeafWish renewed = NameFolder::wish_for("one.example");
  renewed.common_name = "renewed";
  const Answer before = ask(*context, "one.example");
  names.add("one.example", renewed);
  CHECK(texts(refresh_tls(false)).empty());  // it may still be going on
  CHECK(shown_to(*context, "one.example") == "one.example");
  CHECK(texts(refresh_tls(false)) ==
        "certificate for one.example: renewed, one.example (ECDSA P-256, 90 "
        "days left)\n");
  CHECK(shown_to(*context, "one.example") == "renewed");
  CHECK(texts(refresh_tls(true)).empty());
  // T7.4: resumption goes on.
  CHECK(ask(*context, "one.example", [&](SSL* ssl) {
          SSL_set_session(ssl, before.session.get());
        }).facts.resumed);

  fs::remove_all(names.directory() + "/one.example");
  refresh_tls(true);
  CHECK(shown_to(*context, "one.example") == "mail.example");
}

TEST_CASE("what is broken is told once, and the old one is served") {
  const NameFolder names;
  names.add("one.example");
  const auto context = make_server(test_files(), names.options());
  CHECK(shown_to(*context, "one.example") == "one.example");
  const Issued other = issue(NameFolder::wish_for("one.example"));
  struct Row {
    const char* file;
    std::string text;
    const char* told;
  };
  const Row rows[] = {
      {"privkey", other.key_pem(), "privkey.pem: does not match"},
      {"privkey", "-----BEGIN PRIVATE KEY-----\nMIG", "holds no private key"},
      {"fullchain", "", "fullchain.pem: holds no certificate in PEM"},
      {"fullchain", other.certificate_pem().substr(0, 200), "PEM is damaged"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.told);
    names.add("one.example");
    refresh_tls(true);
    names.put("one.example/" + std::string(row.file) + ".pem", row.text);
    const auto news = refresh_tls(true);
    CHECK(tells_error(news, row.told));
    CHECK(tells_error(news, "; the old one is served"));
    CHECK(refresh_tls(true).empty());
    CHECK(shown_to(*context, "one.example") == "one.example");
  }
  LeafWish old = NameFolder::wish_for("one.example");
  old.common_name = "old";
  old.valid_to_days = -2;
  names.add("one.example", old);
  CHECK(tells_error(refresh_tls(true), "expired 2 days ago; the old one is"));
  CHECK(shown_to(*context, "one.example") == "one.example");
  fs::remove(names.directory() + "/one.example/fullchain.pem");
  CHECK(tells_error(refresh_tls(true), "fullchain.pem: cannot be found"));
  CHECK(shown_to(*context, "one.example") == "one.example");

  // One that never was any good gives way to the default; it is tried again
  // when its files change.
  names.add("bad.example");
  names.put("bad.example/privkey.pem", "nothing");
  refresh_tls(true);
  CHECK(shown_to(*context, "bad.example") == "mail.example");
  CHECK(tells_error(refresh_tls(true), "bad.example/privkey.pem: holds no"));
  CHECK(shown_to(*context, "bad.example") == "mail.example");
  CHECK(refresh_tls(true).empty());
  names.add("bad.example");
  refresh_tls(true);
  CHECK(shown_to(*context, "bad.example") == "bad.example");
}

TEST_CASE("the default certificate is renewed") {
  const TemporaryFolder folder;
  const auto write = [&](const LeafWish& wish) {
    const Issued made = issue(wish, &test_files().authority);
    folder.write("key.pem", made.key_pem());
    folder.write("cert.pem", made.certificate_pem());
  };
  write({.common_name = "first"});
  TlsServerOptions options;
  options.cert_file = folder.path("cert.pem");
  options.key_file = folder.path("key.pem");
  const auto context = must_make(TlsContext::server(options));
  const Answer first = ask(*context, nullptr);
  CHECK(first.common_name == "first");
  const auto going_on = context->make_engine();

  write({.common_name = "second"});
  CHECK(context->refresh(false).empty());
  CHECK(texts(context->refresh(false)) ==
        "certificate renewed: mail.example (ECDSA P-256, 90 days left)\n");
  CHECK(shown_to(*context, nullptr) == "second");
  CHECK(ask(*context, nullptr, [&](SSL* ssl) {
          SSL_set_session(ssl, first.session.get());
        }).facts.resumed);
  RawClient client;
  CHECK(client.talk(*going_on).empty());  // begun before the renewal

  folder.write("key.pem", test_files().leaf.key_pem());
  CHECK(tells_error(context->refresh(true),
                    "key.pem: does not match the certificate; the old"));
  CHECK(context->refresh(true).empty());
  CHECK(shown_to(*context, nullptr) == "second");
  write({.common_name = "third", .valid_to_days = -1});
  CHECK(tells_error(context->refresh(true), "expired"));
  CHECK(shown_to(*context, nullptr) == "second");
  write({.common_name = "fourth", .valid_to_days = 5});
  CHECK(texts(context->refresh(true)).find("expires in 5 days") !=
        std::string::npos);
  CHECK(shown_to(*context, nullptr) == "fourth");
}

TEST_CASE("a directory that cannot be read") {
  TlsServerOptions options;
  options.cert_dir = test_files().folder.path("no-such");
  options.sni_strict = true;
  const auto made = TlsContext::server(options);
  REQUIRE_FALSE(made);
  CHECK(made.error().text.ends_with("no-such: No such file or directory"));
  CHECK(made.error().text.starts_with("ssl_cert_dir: "));
}
