#include "proxy/protocol/identity.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

constexpr IdentityDialect kId = IdentityDialect::Id;
constexpr IdentityDialect kXclient = IdentityDialect::Xclient;

ClientIdentity some_client() {
  ClientIdentity client;
  client.client = *Address::parse("2001:db8::9", 50000);
  client.local = *Address::parse("192.0.2.1", 993);
  client.name = "mail.example";
  client.session = "0123456789abcdef";
  client.tls = true;
  return client;
}

std::string shown(const std::vector<ShownField>& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    text.append(name).append("=").append(value).append(" ");
  return text;
}

ToldIdentity read_all(IdentityDialect dialect, const IdFields& fields) {
  ToldIdentity told;
  for (const IdField& field : fields)
    CHECK_MESSAGE(read_identity(dialect, field, told), field.name);
  return told;
}

IdFields as_received(const std::vector<ShownField>& fields) {
  IdFields received;
  for (const auto& [name, value] : fields)
    received.push_back({std::string(name), value});
  return received;
}

}  // namespace

TEST_CASE("the keys of Dovecot's ID") {
  CHECK(shown(show_identity(kId, some_client())) ==
        "x-session-id=0123456789abcdef x-originating-ip=2001:db8::9 "
        "x-originating-port=50000 x-connected-ip=192.0.2.1 "
        "x-connected-port=993 x-proxy-ttl=6 x-client-transport=TLS "
        "x-connected-name=mail.example ");
}

TEST_CASE("the keys of Dovecot's XCLIENT") {
  ClientIdentity client = some_client();
  client.name.clear();
  client.tls = false;
  CHECK(shown(show_identity(kXclient, client)) ==
        "SESSION=0123456789abcdef ADDR=2001:db8::9 PORT=50000 "
        "DESTADDR=192.0.2.1 DESTPORT=993 TTL=6 CLIENT-TRANSPORT=insecure ");
}

TEST_CASE("what one proxy shows, the next one reads") {
  const ClientIdentity sent = some_client();
  for (const IdentityDialect dialect : {kId, kXclient}) {
    ClientIdentity got;
    apply(read_all(dialect, as_received(show_identity(dialect, sent))), got);
    CHECK(got.client == sent.client);
    CHECK(got.local == sent.local);
    CHECK(got.name == sent.name);
    CHECK(got.session == sent.session);
    CHECK(got.tls);
    CHECK(got.ttl == sent.ttl - 1);
  }
}

TEST_CASE("keys are known whatever their case, and by dialect") {
  CHECK(is_identity_key(kId, "X-Originating-IP"));
  CHECK(is_identity_key(kId, "x-forward-anything"));
  CHECK(is_identity_key(kId, "x-multiplex"));
  CHECK_FALSE(is_identity_key(kId, "name"));
  CHECK_FALSE(is_identity_key(kId, "ADDR"));
  CHECK(is_identity_key(kXclient, "addr"));
  CHECK_FALSE(is_identity_key(kXclient, ""));
  CHECK_FALSE(is_identity_key(kXclient, "x-originating-ip"));
}

TEST_CASE("a port without an address says nothing") {
  ClientIdentity client = some_client();
  ToldIdentity told = read_all(kXclient, {{"PORT", "1"}});
  CHECK(told.empty());
  apply(told, client);
  CHECK(client.client == some_client().client);
  told = read_all(kXclient, {{"ADDR", "192.0.2.7"}});
  apply(told, client);
  CHECK(client.client.text() == "192.0.2.7:0");
}

TEST_CASE("values that a key cannot have") {
  const IdFields bad = {{"x-originating-ip", "999.1.1.1"},
                        {"x-originating-ip", "[::1]"},
                        {"x-originating-ip", "localhost"},
                        {"x-originating-ip", ""},
                        {"x-originating-port", "65536"},
                        {"x-originating-port", "-1"},
                        {"x-connected-ip", "::1\r\n"},
                        {"x-connected-name", "a b"},
                        {"x-connected-name", "-a.example"},
                        {"x-connected-name", "192.0.2.1"},
                        {"x-session-id", "a b"},
                        {"x-session-id", "a\"b"},
                        {"x-session-id", std::string(65, 'a')},
                        {"x-proxy-ttl", "256"},
                        {"x-proxy-ttl", "x"},
                        {"x-client-transport", "maybe"}};
  for (const IdField& field : bad) {
    ToldIdentity told;
    const std::string pair = field.name + "=" + *field.value;
    CHECK_MESSAGE(!read_identity(kId, field, told), pair);
  }
}

TEST_CASE("unknown keys and NIL are passed over") {
  const ToldIdentity told = read_all(kId, {{"name", "Mutt"},
                                           {"x-multiplex", "0"},
                                           {"x-forward-user", "root"},
                                           {"x-originating-ip", std::nullopt}});
  CHECK(told.empty());
}

TEST_CASE("host names") {
  for (const char* good : {"mail.example", "localhost", "a-b.c_d.e1", "1.x"})
    CHECK_MESSAGE(is_host_name(good), good);
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a b", "a\n", "a/b",
                          "-a", "a-", "192.0.2.1", "::1", "a\xe4"})
    CHECK_MESSAGE(!is_host_name(bad), bad);
  CHECK_FALSE(is_host_name(std::string(64, 'a')));
  CHECK(is_host_name(std::string(63, 'a')));
  std::string longest;
  for (int i = 0; i < 126; ++i)
    longest += "a.";
  CHECK(is_host_name(longest + "a"));
  CHECK_FALSE(is_host_name(longest + "ab"));
}
