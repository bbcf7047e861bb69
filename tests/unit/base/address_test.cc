#include "proxy/base/address.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("addresses are parsed and shown") {
  CHECK(Address::parse("192.0.2.1", 143)->text() == "192.0.2.1:143");
  CHECK(Address::parse("[2001:db8::1]", 993)->text() == "[2001:db8::1]:993");
  CHECK(Address::parse("::ffff:192.0.2.1", 1)->text() == "192.0.2.1:1");
  CHECK_FALSE(Address::parse("localhost", 1));
  CHECK_FALSE(Address::parse("999.1.1.1", 1));
  CHECK(Address::parse("127.0.0.9", 0)->loopback());
  CHECK(Address::parse("::1", 0)->loopback());
  CHECK(Address::parse("::", 0)->any());
  CHECK(*Address::parse("::1", 5) == Address::parse("::1", 4)->with_port(5));
}

TEST_CASE("endpoints") {
  CHECK(Endpoint::parse("mail.example") == Endpoint{"mail.example", 0});
  CHECK(Endpoint::parse("mail.example:143") == Endpoint{"mail.example", 143});
  CHECK(Endpoint::parse("[::1]:143") == Endpoint{"::1", 143});
  CHECK(Endpoint::parse("::1") == Endpoint{"::1", 0});
  CHECK(Endpoint::parse("[::1]:143")->text() == "[::1]:143");
  // T10.7: results of a map that are not an address
  for (const char* bad : {"", ":143", "a:0", "a:99999", "a:x", "[::1", "[::1]x",
                          "[a]:1", "a b", "a:1:2", "a\r\nX", "u@h", "a:"})
    CHECK_MESSAGE(!Endpoint::parse(bad), bad);
  CHECK_FALSE(Endpoint::parse(std::string(5000, 'a')));
}
