// Peers that do not speak TLS, or not as they should.

#include <doctest/doctest.h>

#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"
#include "tests/unit/tls/record_forge.h"

using namespace postern;

namespace {

struct Answer {
  std::string error;
  std::string out;
};

// What a fresh server says to `bytes`.
Answer send_raw(std::string_view bytes) {
  const auto server = make_server(test_files())->make_engine();
  Buffer plain;
  Buffer out;
  const Status fed = server->feed(bytes, plain, out);
  CHECK(plain.empty());
  CHECK_FALSE(server->open());
  return {fed ? "" : fed.error().text, std::string(out.view())};
}

// The alert in a record of its own, unencrypted; -1 if there is none.
int plain_alert(std::string_view out) {
  if (out.size() < 7 || out[0] != 0x15 || out[5] != 2) return -1;
  return static_cast<unsigned char>(out[6]);
}

std::string repeat(std::string_view bytes, int times) {
  std::string all;
  for (int i = 0; i < times; ++i)
    all += bytes;
  return all;
}

// A ClientHello that knows one cipher and nothing newer.
std::string hello_of(char minor) {
  std::string body{3, minor};
  body += std::string(32, 'r');
  body += std::string("\0\0\2\0\x2f\1\0", 7);
  std::string message{1, 0, 0, static_cast<char>(body.size())};
  message += body;
  return std::string{0x16, 3, 0, 0, static_cast<char>(message.size())} +
         message;
}

}  // namespace

TEST_CASE("T6.6, T7.7: what is not TLS gets an alert and a name") {
  struct Row {
    std::string_view bytes;
    std::string error;
  };
  const Row rows[] = {
      {"a LOGIN u p\r\n", "plain text on a TLS port"},
      {"USER u\r\nPASS p\r\n", "plain text on a TLS port"},
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP request on a TLS port"},
      {"CONNECT x:1 HTTP/1.1\r\n\r\n", "HTTP request on a TLS port"},
      {{"\x00\x01\x02\x03\x04\x05\x06\x07", 8}, "not TLS"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    const Answer answer = send_raw(row.bytes);
    CHECK(answer.error == row.error);
    CHECK(plain_alert(answer.out) == 10);  // unexpected_message
  }
}

TEST_CASE("versions that are too old are named") {
  Answer answer = send_raw(hello_of(0));
  CHECK(answer.error == "client speaks SSLv3, too old a version");
  CHECK(plain_alert(answer.out) > 0);
  answer = send_raw(hello_of(2));
  CHECK(answer.error == "client speaks TLSv1.1, too old a version");
  CHECK(plain_alert(answer.out) == 70);  // protocol_version
}

TEST_CASE("T7.10: broken records end the handshake with an alert") {
  // longer than a record may be
  CHECK(plain_alert(send_raw({"\x16\x03\x01\xff\xff\x01", 6}).out) == 22);
  // data before any key
  CHECK(plain_alert(send_raw({"\x17\x03\x01\x00\x01x", 6}).out) == 10);
  // a hello of nonsense
  const std::string_view header("\x16\x03\x01\x01\x08\x01\x00\x01\x04", 9);
  CHECK(plain_alert(send_raw(std::string(header) + std::string(260, 'x')).out) >
        0);
  // an SSLv2 hello
  const Answer old =
      send_raw({"\x80\x1c\x01\x03\x01\x00\x03\x00\x00\x00\x10\x00\x00\x2f"
                "0123456789abcdef",
                30});
  CHECK_FALSE(old.error.empty());
  CHECK(plain_alert(old.out) > 0);
}

TEST_CASE("T7.2: empty records and early warnings are cut off") {
  Answer answer = send_raw(repeat({"\x16\x03\x01\x00\x00", 5}, 100));
  CHECK(answer.error == "too many empty records");
  CHECK(plain_alert(answer.out) == 10);
  answer = send_raw(repeat({"\x15\x03\x01\x00\x02\x01\x5a", 7}, 100));
  CHECK(answer.error == "message out of order in the handshake");
  CHECK(plain_alert(answer.out) == 10);
}

TEST_CASE("T7.2: nor do they go on for ever after the handshake") {
  constexpr char kAlert = 0x15;
  constexpr char kHandshake = 0x16;
  constexpr char kData = 0x17;
  struct Row {
    std::string what;
    char type;
    std::string_view content;
    std::string error;
  };
  const Row rows[] = {
      {"empty data", kData, "", "too many empty records"},
      {"warnings", kAlert, {"\x01\x5a", 2}, "too many warning alerts"},
      {"empty handshake messages", kHandshake, "", "bad length"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    RawClient client(
        [](SSL* ssl) { SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256"); });
    const auto server = make_server(test_files())->make_engine();
    REQUIRE(client.talk(*server).empty());
    RecordForge forge(client.traffic_secret());
    Buffer plain;
    Buffer out;
    REQUIRE(server->feed(forge.seal(kData, "a NOOP\r\n"), plain, out));
    CHECK(plain.view() == "a NOOP\r\n");
    std::string flood;
    for (int i = 0; i < 1000; ++i)
      flood += forge.seal(row.type, row.content);
    const Status fed = server->feed(flood, plain, out);
    REQUIRE_FALSE(fed);
    CHECK(fed.error().text == row.error);
    CHECK_FALSE(out.empty());
    CHECK(out.size() < 2000);
  }
}

TEST_CASE("T7.2: KeyUpdates without end are cut off") {
  RawClient client;
  const auto server = make_server(test_files())->make_engine();
  REQUIRE(client.talk(*server).empty());
  const auto update_keys = [&](int times) {
    for (int i = 0; i < times; ++i) {
      REQUIRE(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
      REQUIRE(SSL_do_handshake(client.ssl()) == 1);
    }
  };
  update_keys(20);
  CHECK(client.say(*server, "a NOOP\r\n") == "a NOOP\r\n");
  Buffer answer;
  REQUIRE(server->write("a OK\r\n", answer));
  client.feed(answer.view());
  CHECK(client.heard() == "a OK\r\n");

  update_keys(10000);
  Buffer plain;
  Buffer out;
  const Status fed = server->feed(client.sent(), plain, out);
  REQUIRE_FALSE(fed);
  CHECK(fed.error().text == "too many handshake messages from the peer");
  CHECK(out.size() < 2000);
  client.feed(out.view());
  CHECK((SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("KeyUpdates are earned by data") {
  RawClient client;
  const auto server = make_server(test_files())->make_engine();
  REQUIRE(client.talk(*server).empty());
  const std::string mebibyte(1 << 20, 'x');
  for (int i = 0; i < 50; ++i) {
    REQUIRE(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
    CHECK(client.say(*server, mebibyte) == mebibyte);
  }
}

TEST_CASE("T7.1: renegotiation is refused") {
  RawClient client(
      [](SSL* ssl) { SSL_set_max_proto_version(ssl, TLS1_2_VERSION); });
  const auto server = make_server(test_files())->make_engine();
  REQUIRE(client.talk(*server).empty());
  REQUIRE(SSL_renegotiate(client.ssl()) == 1);
  SSL_do_handshake(client.ssl());
  client.talk(*server);
  CHECK(client.alert() == SSL_AD_NO_RENEGOTIATION);
  CHECK(server->open());
}

TEST_CASE("T6.1 to T6.3: ALPN is absent or ours") {
  TlsServerOptions options;
  options.alpn = "imap";
  const auto context = make_server(test_files(), options);
  struct Row {
    std::string_view offered;
    std::string error;
    std::string agreed;
  };
  const Row rows[] = {
      {"", "", ""},
      {"\x04imap", "", "imap"},
      {"\x02h2\x04imap", "", "imap"},
      {"\x02h2\x08http/1.1",
       "the client wants another protocol (ALPN h2, http/1.1 instead of imap)",
       ""},
      {"\x04pop3",
       "the client wants another protocol (ALPN pop3 instead of imap)", ""},
      {"\x03ima",
       "the client wants another protocol (ALPN ima instead of imap)", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.offered);
    RawClient client([&](SSL* ssl) {
      SSL_set_alpn_protos(
          ssl, reinterpret_cast<const unsigned char*>(row.offered.data()),
          static_cast<unsigned>(row.offered.size()));
    });
    const auto server = context->make_engine();
    CHECK(client.talk(*server) == row.error);
    CHECK(server->open() == row.error.empty());
    CHECK(server->facts().alpn == row.agreed);
    if (!server->open()) CHECK(client.alert() == 120);
  }
}

TEST_CASE("T6.4: any server name is served, none crashes") {
  const auto context = make_server(test_files());
  for (const char* name : {"unknown.example", "192.0.2.1", "MAIL.Example.",
                           "xn--mnchen-3ya.example", "a b"}) {
    CAPTURE(name);
    RawClient client([&](SSL* ssl) { SSL_set_tlsext_host_name(ssl, name); });
    const auto server = context->make_engine();
    CHECK(client.talk(*server).empty());
    CHECK(server->facts().sni == name);
  }
  RawClient client(
      [&](SSL* ssl) { SSL_set_tlsext_host_name(ssl, "nul.example"); });
  client.feed({});
  std::string hello = client.sent();
  hello[hello.find("nul.example") + 3] = '\0';
  const Answer answer = send_raw(hello);
  CHECK_FALSE(answer.error.empty());
  CHECK(plain_alert(answer.out) > 0);
}

TEST_CASE("a client without a common cipher or group is told so") {
  const auto context = make_server(test_files());
  RawClient ciphers([](SSL* ssl) {
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_set_cipher_list(ssl, "AES128-SHA");
  });
  CHECK(ciphers.talk(*context->make_engine()) == "no shared cipher");
  CHECK(ciphers.alert() == SSL_AD_HANDSHAKE_FAILURE);
  RawClient groups([](SSL* ssl) { SSL_set1_groups_list(ssl, "P-521"); });
  CHECK(groups.talk(*context->make_engine()) == "no shared key exchange group");
  CHECK(groups.alert() == SSL_AD_HANDSHAKE_FAILURE);
}

TEST_CASE("a group the client did not guess costs a second hello") {
  RawClient client([](SSL* ssl) { SSL_set1_groups_list(ssl, "P-521:P-256"); });
  const auto server = make_server(test_files())->make_engine();
  client.feed({});
  Buffer plain;
  Buffer out;
  REQUIRE(server->feed(client.sent(), plain, out));
  // Between the two hellos OpenSSL must not be asked anything.
  CHECK(server->facts().group.empty());
  CHECK_FALSE(server->open());
  client.feed(out.view());
  CHECK(client.talk(*server).empty());
  CHECK(server->facts().group == "P-256");
}
