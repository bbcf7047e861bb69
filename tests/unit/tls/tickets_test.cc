// Sessions that are resumed: when a ticket is given and where it is good.

#include <filesystem>

#include <doctest/doctest.h>

#include "proxy/tls/ticket_keys.h"
#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"

using namespace postern;

namespace {

void only(SSL* ssl, int version) {
  SSL_set_min_proto_version(ssl, version);
  SSL_set_max_proto_version(ssl, version);
}

// A session with a server of `context`, as a client that logged in keeps it.
SessionPtr log_in(const TlsContext& context, int version) {
  RawClient client([&](SSL* ssl) { only(ssl, version); });
  const auto server = context.make_engine();
  REQUIRE(client.talk(*server).empty());
  server->queue_ticket();
  Buffer out;
  REQUIRE(server->write("a OK\r\n", out));
  client.feed(out.view());
  REQUIRE(client.heard() == "a OK\r\n");
  return client.session();
}

// A copy, since OpenSSL uses each session only once.
bool resumes(const TlsContext& context, SSL_SESSION* session, int version) {
  const SessionPtr copy(SSL_SESSION_dup(session));
  RawClient client([&](SSL* ssl) {
    only(ssl, version);
    SSL_set_session(ssl, copy.get());
  });
  const auto server = context.make_engine();
  REQUIRE(client.talk(*server).empty());
  REQUIRE(server->open());
  CHECK(server->facts().resumed == (SSL_session_reused(client.ssl()) == 1));
  return server->facts().resumed;
}

}  // namespace

TEST_CASE("a TLS 1.3 ticket comes with the login, not with the handshake") {
  RawClient client;
  const auto server = make_server(test_files())->make_engine();
  REQUIRE(client.talk(*server).empty());
  Buffer out;
  REQUIRE(server->write("* OK\r\n", out));
  client.feed(out.view());
  CHECK(client.tickets() == 0);

  server->queue_ticket();
  out.clear();
  CHECK(client.say(*server, "a NOOP\r\n") == "a NOOP\r\n");
  CHECK(client.tickets() == 0);
  REQUIRE(server->write("a OK\r\n", out));
  REQUIRE(server->write("* 1 EXISTS\r\n", out));
  client.feed(out.view());
  CHECK(client.tickets() == 1);
  CHECK(client.heard() == "* OK\r\na OK\r\n* 1 EXISTS\r\n");
  // T7.3: a login must never be replayable
  CHECK(SSL_SESSION_get_max_early_data(client.session().get()) == 0);
}

TEST_CASE("sessions are resumed by another context made from the same files") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    const SessionPtr session = log_in(*make_server(test_files()), version);
    REQUIRE(session);
    CHECK(resumes(*make_server(test_files()), session.get(), version));
  }
}

TEST_CASE("T6.5: a ticket is no good for another name or protocol") {
  const Issued other =
      issue({.alternatives = {"DNS:other.example"}}, &test_files().authority);
  TlsServerOptions others;
  others.cert_file =
      test_files().folder.write("other.pem", other.certificate_pem());
  others.key_file = test_files().folder.write("other.key", other.key_pem());
  TlsServerOptions pop3;
  pop3.alpn = "pop3";
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    const SessionPtr session = log_in(*make_server(test_files()), version);
    REQUIRE(session);
    CHECK_FALSE(
        resumes(*make_server(test_files(), others), session.get(), version));
    CHECK_FALSE(
        resumes(*make_server(test_files(), pop3), session.get(), version));
  }
}

TEST_CASE("T7.3: early data is skipped, not delivered") {
  const auto context = make_server(test_files());
  const SessionPtr session = log_in(*context, TLS1_3_VERSION);
  // The server did not allow it; this client tries nevertheless.
  SSL_SESSION_set_max_early_data(session.get(), 16384);
  RawClient client([&](SSL* ssl) { SSL_set_session(ssl, session.get()); });
  const std::string_view early = "a LOGIN u p\r\n";
  size_t written = 0;
  REQUIRE(SSL_write_early_data(client.ssl(), early.data(), early.size(),
                               &written) == 1);
  const auto server = context->make_engine();
  CHECK(client.talk(*server).empty());
  REQUIRE(server->open());
  CHECK(SSL_get_early_data_status(client.ssl()) == SSL_EARLY_DATA_REJECTED);
  CHECK(client.say(*server, "b NOOP\r\n") == "b NOOP\r\n");
}

namespace {

constexpr time_t kHour = 3600;

bool same(const TicketKey& a, const TicketKey& b) {
  return a.bytes == b.bytes;
}

std::string key_text(char filler) {
  std::string text(TicketKey::kSize, filler);
  return text;
}

// The keys of this process are as they were when this dies.
struct OwnKeys {
  ~OwnKeys() { CHECK(configure_tickets({})); }
};

}  // namespace

TEST_CASE("T7.4: a key is used for one lifetime and accepted for another") {
  TicketKeys keys;
  REQUIRE(keys.configure({.key_file = {}, .lifetime_seconds = kHour}));
  const time_t start = keys.ring()->front().made;
  const TicketKey first = keys.ring()->front();
  keys.refresh(false, start + kHour - 1);
  CHECK(keys.ring()->size() == 1);

  keys.refresh(false, start + kHour);
  REQUIRE(keys.ring()->size() == 2);
  const TicketKey second = keys.ring()->front();
  CHECK_FALSE(same(second, first));
  CHECK(same(keys.ring()->back(), first));
  keys.refresh(false, start + 2 * kHour - 1);
  CHECK(same(keys.ring()->back(), first));

  keys.refresh(false, start + 2 * kHour);
  REQUIRE(keys.ring()->size() == 2);
  CHECK(same(keys.ring()->back(), second));
  // After a long sleep nothing old is left.
  keys.refresh(false, start + 10 * kHour);
  CHECK(keys.ring()->size() == 1);
  CHECK_FALSE(same(keys.ring()->front(), second));
}

TEST_CASE("keys in a file") {
  const TemporaryFolder folder;
  TicketKeys keys;
  const TicketOptions options{.key_file = folder.path("keys")};
  const auto refused = [&](const std::string& text) {
    folder.write("keys", text);
    const Status taken = keys.configure(options);
    return taken ? "" : taken.error().text;
  };
  for (const size_t size : {0UL, 79UL, 81UL, 17 * TicketKey::kSize, 9999UL})
    CHECK_FALSE(refused(std::string(size, 'x')).empty());
  CHECK(refused("short").ends_with(
      "keys: holds 5 octets, expected 80 for each of 1 to 16 keys (openssl "
      "rand 80)"));
  CHECK(refused(key_text('a') + key_text('b')).empty());
  CHECK(keys.ring()->size() == 2);
  CHECK(keys.ring()->front().bytes[0] == 'a');

  folder.write("keys", key_text('c'));
  CHECK(keys.refresh(false, 0).empty());
  CHECK(keys.refresh(false, 0).size() == 1);
  CHECK(keys.ring()->front().bytes[0] == 'c');
  folder.write("keys", "half");
  CHECK(keys.refresh(true, 0).at(0).level == LogLevel::Error);
  CHECK(keys.refresh(true, 0).empty());
  CHECK(keys.ring()->front().bytes[0] == 'c');
  // It is not rotated by us.
  folder.write("keys", key_text('c'));
  keys.refresh(true, time(nullptr) + 100 * kHour);
  CHECK(keys.ring()->size() == 1);

  std::filesystem::permissions(folder.path("keys"),
                               std::filesystem::perms::others_read);
  CHECK_FALSE(keys.configure(options));
  CHECK(check_tls(options).size() == 1);
  // Who leaves the file behind has keys of his own again.
  REQUIRE(keys.configure({}));
  CHECK(keys.ring()->front().bytes[0] != 'c');
}

TEST_CASE("T7.4: tickets by the keys of a file, before and after it changes") {
  const OwnKeys restore;
  const TemporaryFolder folder;
  const TicketOptions options{.key_file = folder.path("keys")};
  const auto use = [&](const std::string& text) {
    folder.write("keys", text);
    REQUIRE(configure_tickets(options));
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    use(key_text('a'));
    const auto context = make_server(test_files());
    const SessionPtr session = log_in(*context, version);
    REQUIRE(session);
    CHECK(resumes(*context, session.get(), version));
    use(key_text('b') + key_text('a'));
    CHECK(resumes(*context, session.get(), version));
    CHECK(resumes(*make_server(test_files()), session.get(), version));
    use(key_text('b'));
    CHECK_FALSE(resumes(*context, session.get(), version));
  }
}

TEST_CASE("an old key brings a new ticket: in TLS 1.3, with the login") {
  const OwnKeys restore;
  const TemporaryFolder folder;
  const TicketOptions options{.key_file = folder.path("keys")};
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    folder.write("keys", key_text('a'));
    REQUIRE(configure_tickets(options));
    const auto context = make_server(test_files());
    const SessionPtr session = log_in(*context, version);
    folder.write("keys", key_text('b') + key_text('a'));
    REQUIRE(configure_tickets(options));
    RawClient client([&](SSL* ssl) {
      only(ssl, version);
      SSL_set_session(ssl, session.get());
    });
    const auto server = context->make_engine();
    REQUIRE(client.talk(*server).empty());
    CHECK(server->facts().resumed);
    CHECK(client.tickets() == 0);
    server->queue_ticket();
    Buffer out;
    REQUIRE(server->write("a OK\r\n", out));
    client.feed(out.view());
    CHECK(client.tickets() == (version == TLS1_2_VERSION ? 0 : 1));
    // A ticket begins with the name of its key.
    const SessionPtr fresh(SSL_get1_session(client.ssl()));
    const unsigned char* ticket = nullptr;
    size_t size = 0;
    SSL_SESSION_get0_ticket(fresh.get(), &ticket, &size);
    REQUIRE(size > TicketKey::kName);
    CHECK(ticket[0] == 'b');
    folder.write("keys", key_text('b'));
    REQUIRE(configure_tickets(options));
    CHECK(resumes(*context, fresh.get(), version));
  }
}

TEST_CASE("a ticket is good for the lifetime") {
  const OwnKeys restore;
  REQUIRE(configure_tickets({.key_file = {}, .lifetime_seconds = 7200}));
  const SessionPtr session = log_in(*make_server(test_files()), TLS1_3_VERSION);
  CHECK(SSL_SESSION_get_ticket_lifetime_hint(session.get()) == 7200);
}
