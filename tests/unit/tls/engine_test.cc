// Two engines against each other: handshake, data, close.

#include "proxy/tls/engine.h"

#include <doctest/doctest.h>

#include "tests/unit/tls/conversation.h"

using namespace postern;

namespace {

// A pair that speaks one version only.
Pair make_pair(const std::string& version) {
  TlsClientOptions options;
  options.min_version = options.max_version = version;
  return {*make_server(test_files()), *make_client(test_files(), options)};
}

struct VersionCase {
  std::string word;
  std::string name;
};
const VersionCase kVersions[] = {{"tlsv1.2", "TLSv1.2"},
                                 {"tlsv1.3", "TLSv1.3"}};

// Text that shows where a piece went missing or came twice.
std::string counted(size_t size) {
  std::string text;
  text.reserve(size + 16);
  for (size_t i = 0; text.size() < size; ++i)
    text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("a handshake, words both ways, an end") {
  for (const VersionCase& version : kVersions) {
    CAPTURE(version.word);
    Pair pair = make_pair(version.word);
    CHECK_FALSE(pair.open());
    CHECK(pair.server.engine->facts().version.empty());
    pair.settle();
    REQUIRE(pair.open());
    const TlsFacts facts = pair.server.engine->facts();
    CHECK(facts.version == version.name);
    CHECK(facts.sni == "mail.example");
    CHECK(facts.group == "X25519");
    CHECK(facts.alpn.empty());
    CHECK_FALSE(facts.resumed);
    CHECK(pair.client.engine->facts().version == version.name);
    CHECK(pair.client.engine->facts().cipher == facts.cipher);

    pair.server.write("* OK ready\r\n");
    pair.client.write("a LOGIN u p\r\n");
    pair.client.write("");
    pair.settle();
    CHECK(pair.client.plain.view() == "* OK ready\r\n");
    CHECK(pair.server.plain.view() == "a LOGIN u p\r\n");

    pair.server.engine->close(pair.server.out);
    pair.settle();
    CHECK(pair.client.engine->peer_closed());
    CHECK_FALSE(pair.server.engine->peer_closed());
    CHECK(pair.client.error.empty());
    CHECK(pair.server.error.empty());
  }
}

TEST_CASE("Mozilla's first cipher is taken") {
  Pair older = make_pair("tlsv1.2");
  older.settle();
  CHECK(older.server.engine->facts().cipher == "ECDHE-ECDSA-AES128-GCM-SHA256");
  Pair newer = make_pair("tlsv1.3");
  newer.settle();
  CHECK(newer.server.engine->facts().cipher == "TLS_AES_128_GCM_SHA256");
}

TEST_CASE("however the stream is cut, the conversation is the same") {
  for (const VersionCase& version : kVersions)
    for (const size_t cut : {1U, 2U, 3U, 5U, 7U, 64U, 1000U}) {
      CAPTURE(version.word);
      CAPTURE(cut);
      Pair pair = make_pair(version.word);
      pair.settle(cut);
      REQUIRE(pair.open());
      const std::string text = counted(20000);
      pair.server.write(text);
      pair.client.write("a LOGIN u p\r\n");
      pair.settle(cut);
      CHECK(pair.client.plain.view() == text);
      CHECK(pair.server.plain.view() == "a LOGIN u p\r\n");
      pair.client.engine->close(pair.client.out);
      pair.settle(cut);
      CHECK(pair.server.engine->peer_closed());
    }
}

TEST_CASE("the first flight cut in two at every octet") {
  const auto context = make_server(test_files());
  const auto client_context = make_client(test_files());
  const size_t size = [&] {
    return Pair(*context, *client_context).client.out.size();
  }();
  REQUIRE(size > 100);
  for (size_t at = 0; at <= size; ++at) {
    Pair pair(*context, *client_context);
    const std::string hello = pair.client.sent();
    pair.server.feed(std::string_view(hello).substr(0, at));
    CHECK((at < hello.size()) == pair.server.out.empty());
    pair.server.feed(std::string_view(hello).substr(at));
    pair.settle();
    CHECK(pair.open());
  }
}

TEST_CASE("many octets arrive as they left") {
  Pair pair = make_pair("tlsv1.3");
  pair.settle();
  const std::string text = counted(size_t{8} << 20);
  pair.server.write(text);
  pair.client.write(text);
  pair.settle(65536);
  CHECK((pair.client.plain.view() == text));
  CHECK((pair.server.plain.view() == text));
}

TEST_CASE("each side may close while the other goes on") {
  for (const VersionCase& version : kVersions) {
    CAPTURE(version.word);
    Pair pair = make_pair(version.word);
    pair.settle();
    pair.client.write("a LOGOUT\r\n");
    pair.client.engine->close(pair.client.out);
    pair.settle();
    CHECK(pair.server.plain.view() == "a LOGOUT\r\n");
    CHECK(pair.server.engine->peer_closed());
    pair.server.write("* BYE\r\na OK\r\n");
    pair.server.engine->close(pair.server.out);
    pair.server.engine->close(pair.server.out);  // once is enough
    pair.settle();
    CHECK(pair.client.plain.view() == "* BYE\r\na OK\r\n");
    CHECK(pair.client.engine->peer_closed());

    pair.client.write("too late");
    CHECK(pair.client.out.empty());
    CHECK(pair.client.error == "TLS is not open");
  }
}

TEST_CASE("T1.10: what follows close_notify is ignored") {
  Pair pair = make_pair("tlsv1.3");
  pair.settle();
  pair.client.engine->close(pair.client.out);
  const std::string end = pair.client.sent() + "b NOOP\r\n";
  pair.server.feed(end);
  pair.server.feed("c NOOP\r\n");
  CHECK(pair.server.engine->peer_closed());
  CHECK(pair.server.plain.empty());
  CHECK(pair.server.error.empty());
}

TEST_CASE("T7.8: an end without close_notify can be told from one with it") {
  Pair pair = make_pair("tlsv1.3");
  pair.settle();
  pair.client.write("a APPEND x {100}\r\nhalf of");
  const std::string bytes = pair.client.sent();
  pair.server.feed(std::string_view(bytes).substr(0, bytes.size() - 1));
  CHECK(pair.server.plain.empty());  // half a record is nothing
  CHECK_FALSE(pair.server.engine->peer_closed());
  CHECK(pair.server.error.empty());
}

TEST_CASE("a forged record ends the connection with an alert") {
  Pair pair = make_pair("tlsv1.3");
  pair.settle();
  pair.client.write("a NOOP\r\n");
  std::string bytes = pair.client.sent();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  pair.server.feed(bytes);
  CHECK(pair.server.error == "damaged or forged record");
  CHECK(pair.server.plain.empty());
  pair.settle();
  CHECK(pair.client.error == "alert bad record mac from the peer");

  // Nothing more is read, written or said after that.
  pair.server.error.clear();
  pair.server.feed("more");
  CHECK(pair.server.error == "damaged or forged record");
  CHECK_FALSE(pair.server.engine->write("* OK\r\n", pair.server.out));
  pair.server.engine->close(pair.server.out);
  CHECK(pair.server.out.empty());
}

TEST_CASE("nothing is written before the handshake is complete") {
  Pair pair = make_pair("tlsv1.3");
  pair.client.out.clear();
  CHECK_FALSE(pair.client.engine->write("a LOGIN u p\r\n", pair.client.out));
  pair.client.engine->close(pair.client.out);
  CHECK(pair.client.out.empty());
}

TEST_CASE("ALPN is offered by our client only if asked for") {
  TlsServerOptions imap;
  imap.alpn = "imap";
  TlsClientOptions asking;
  asking.alpn = "imap";
  Pair agreed(*make_server(test_files(), imap),
              *make_client(test_files(), asking));
  agreed.settle();
  CHECK(agreed.client.engine->facts().alpn == "imap");
  asking.alpn = "pop3";
  Pair refused(*make_server(test_files(), imap),
               *make_client(test_files(), asking));
  refused.settle();
  CHECK(refused.client.error == "alert no application protocol from the peer");
}

TEST_CASE("a backend that speaks in the clear") {
  const auto engine = make_client(test_files())->make_engine({"mail.example"});
  Buffer plain;
  Buffer out;
  REQUIRE(engine->start(out));
  CHECK_FALSE(out.empty());
  const Status fed = engine->feed("* OK hi\r\n", plain, out);  // T2.5
  REQUIRE_FALSE(fed);
  CHECK(fed.error().text == "plain text on a TLS port");
  CHECK(plain.empty());
}
