// Sessions that are resumed: when a ticket is given and where it is good.

#include <doctest/doctest.h>

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

bool resumes(const TlsContext& context, SSL_SESSION* session, int version) {
  RawClient client([&](SSL* ssl) {
    only(ssl, version);
    SSL_set_session(ssl, session);
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

TEST_CASE("T6.5: a ticket is no good for another certificate or protocol") {
  const TestFiles others;
  TlsServerOptions pop3;
  pop3.alpn = "pop3";
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    const SessionPtr session = log_in(*make_server(test_files()), version);
    REQUIRE(session);
    CHECK_FALSE(resumes(*make_server(others), session.get(), version));
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
