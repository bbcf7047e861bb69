// Sessions with backends that are resumed, and those that must not be.

#include <thread>

#include <doctest/doctest.h>

#include "proxy/tls/session_store.h"
#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"

using namespace postern;

namespace {

// A login at a backend: a handshake, and a ticket with the answer.
bool resumed_login(const TlsContext& server, const TlsContext& client,
                   const Endpoint& where = {"mail.example", 993}) {
  Pair pair(server, client, where);
  pair.settle();
  REQUIRE_MESSAGE(pair.open(), pair.client.error);
  pair.server.engine->queue_ticket();
  pair.server.write("a OK\r\n");
  pair.settle();
  CHECK(pair.client.plain.view() == "a OK\r\n");
  const bool resumed = pair.client.engine->facts().resumed;
  CHECK(pair.server.engine->facts().resumed == resumed);
  return resumed;
}

TlsClientOptions at_most(const char* version) {
  TlsClientOptions options;
  options.max_version = version;
  return options;
}

}  // namespace

TEST_CASE("a backend's session is resumed by the next connection") {
  const TestFiles files;
  const auto server = make_server(files);
  for (const char* version : {"tlsv1.2", "tlsv1.3"}) {
    CAPTURE(version);
    const auto client = make_client(files, at_most(version));
    CHECK_FALSE(resumed_login(*server, *client));
    CHECK(resumed_login(*server, *client));
    CHECK(resumed_login(*server, *client));  // each brings a new ticket
  }
}

TEST_CASE("sessions belong to one host and port") {
  const auto server = make_server(test_files());
  TlsClientOptions nameless;
  nameless.verify_name = false;
  const auto client = make_client(test_files(), nameless);
  CHECK_FALSE(resumed_login(*server, *client, {"mail.example", 993}));
  CHECK_FALSE(resumed_login(*server, *client, {"mail.example", 1993}));
  CHECK_FALSE(resumed_login(*server, *client, {"b.example", 993}));
  CHECK(resumed_login(*server, *client, {"mail.example", 993}));
}

TEST_CASE("no session gets past other rules for verifying") {
  const TestFiles files;
  const auto server = make_server(files);
  TlsClientOptions lax;
  lax.verify_chain = lax.verify_name = false;
  const auto careless = make_client(files, lax);
  CHECK_FALSE(resumed_login(*server, *careless));
  CHECK(resumed_login(*server, *careless));

  // Even the same rules, read again, verify the backend anew.
  const auto careful = make_client(files);
  CHECK_FALSE(resumed_login(*server, *careful));
  CHECK_FALSE(resumed_login(*server, *make_client(files)));

  TlsClientOptions pinned;
  pinned.pins = {"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
  Pair pair(*server, *make_client(files, pinned));
  pair.settle();
  CHECK_FALSE(pair.open());
}

TEST_CASE("a backend that was refused leaves no session") {
  const TestFiles files;
  const TestFiles strangers;
  TlsServerOptions other;  // all servers of this process share ticket keys,
  other.alpn = "pop3";     // but no session leads to another protocol
  const auto client = make_client(files);
  CHECK_FALSE(resumed_login(*make_server(files), *client));
  {
    Pair pair(*make_server(strangers, other), *client);
    pair.settle();
    CHECK_FALSE(pair.open());
  }
  CHECK_FALSE(resumed_login(*make_server(files), *client));
}

TEST_CASE("a session that the backend does not know costs a full handshake") {
  const TestFiles files;
  const auto client = make_client(files);
  CHECK_FALSE(resumed_login(*make_server(files), *client));
  // Another protocol's tickets are others.
  TlsServerOptions options;
  options.alpn = "pop3";
  const auto server = make_server(files, options);
  CHECK_FALSE(resumed_login(*server, *client));
  CHECK(resumed_login(*server, *client));
}

TEST_CASE("each session is given out once") {
  const auto server = make_server(test_files());
  const auto client = make_client(test_files());
  CHECK_FALSE(resumed_login(*server, *client));
  Pair first(*server, *client);
  Pair second(*server, *client);  // at the same time
  first.settle();
  second.settle();
  CHECK(first.client.engine->facts().resumed);
  CHECK_FALSE(second.client.engine->facts().resumed);
}

TEST_CASE("a store is bounded, and lets the oldest go") {
  RawClient client(
      [](SSL* ssl) { SSL_set_max_proto_version(ssl, TLS1_2_VERSION); });
  const auto server = make_server(test_files())->make_engine();
  REQUIRE(client.talk(*server).empty());
  const SessionPtr session = client.session();
  SessionStore store;
  for (size_t i = 0; i < SessionStore::kPerBackend + 5; ++i)
    store.keep("often", session.get());
  size_t kept = 0;
  while (store.take("often"))
    ++kept;
  CHECK(kept == SessionStore::kPerBackend);

  for (size_t i = 0; i <= SessionStore::kBackends; ++i)
    store.keep(std::to_string(i), session.get());
  CHECK_FALSE(store.take("0"));
  CHECK(store.take("1"));
  CHECK(store.take(std::to_string(SessionStore::kBackends)));

  store.forget("2");
  CHECK_FALSE(store.take("2"));
}

TEST_CASE("a session is no good after an hour, nor without a certificate") {
  RawClient client(
      [](SSL* ssl) { SSL_set_max_proto_version(ssl, TLS1_2_VERSION); });
  const auto server = make_server(test_files())->make_engine();
  REQUIRE(client.talk(*server).empty());
  const SessionPtr session = client.session();
  SessionStore store;
  const long now = SSL_SESSION_get_time(session.get());
  const auto accepted = [&](long when) {
    SSL_SESSION_set_time(session.get(), when);
    store.keep("a", session.get());
    return store.take("a") != nullptr;
  };
  CHECK(accepted(now));
  CHECK(accepted(now - 3500));
  CHECK_FALSE(accepted(now - 3700));
  CHECK_FALSE(accepted(now + 100));
  const SessionPtr empty(SSL_SESSION_new());
  store.keep("a", empty.get());
  CHECK_FALSE(store.take("a"));
}

TEST_CASE("a store serves many threads") {
  const auto server = make_server(test_files());
  const auto client = make_client(test_files());
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n) {
        Pair pair(*server, *client);
        pair.settle();
        pair.server.engine->queue_ticket();
        pair.server.write(std::to_string(i));
        pair.settle();
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(resumed_login(*server, *client));
}
