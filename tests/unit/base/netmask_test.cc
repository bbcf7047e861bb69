#include "proxy/base/netmask.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

bool holds(const char* network, const char* ip) {
  return Netmask::parse(network)->contains(*Address::parse(ip, 143));
}

}  // namespace

TEST_CASE("an address is in a network or not") {
  CHECK(holds("192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
  CHECK(holds("10.0.0.0/9", "10.127.255.255"));
  CHECK_FALSE(holds("10.0.0.0/9", "10.128.0.0"));
  CHECK(holds("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
  CHECK(holds("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:ffff::1"));
  CHECK(holds("::1", "::1"));
}

TEST_CASE("everything is in a network of no bits, but for the other family") {
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(holds("0.0.0.0/0", "::1"));
  CHECK(holds("::/0", "2001:db8::1"));
  CHECK_FALSE(holds("::/0", "203.0.113.9"));
}

TEST_CASE("IPv4 addresses mapped to IPv6 are IPv4 addresses") {
  CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
  CHECK(holds("::ffff:192.0.2.9", "192.0.2.9"));
}

TEST_CASE("networks are shown as they are written") {
  for (const char* text : {"192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "::1",
                           "0.0.0.0/0", "::/0"})
    CHECK(Netmask::parse(text)->text() == text);
  CHECK(Netmask::parse("192.0.2.7/32")->text() == "192.0.2.7");
}

TEST_CASE("what is no network") {
  for (const char* text :
       {"", "/", "/8", "192.0.2.0/", "192.0.2.0/33", "::/129", "192.0.2.0/-1",
        "192.0.2.0/ 8", "192.0.2/24", "localhost", "192.0.2.0/24/24",
        "192.0.2.1/24", "2001:db8::1/32", "::ffff:192.0.2.0/120", "0.0.0.0/x"})
    CHECK_MESSAGE(!Netmask::parse(text), text);
  CHECK(Netmask::parse("192.0.2.1/24").error().text.find("192.0.2.0/24") !=
        std::string::npos);
}

TEST_CASE("several networks") {
  const Networks networks = {*Netmask::parse("192.0.2.0/24"),
                             *Netmask::parse("::1")};
  CHECK(contains(networks, *Address::parse("192.0.2.1", 1)));
  CHECK(contains(networks, *Address::parse("::1", 1)));
  CHECK_FALSE(contains(networks, *Address::parse("127.0.0.1", 1)));
  CHECK_FALSE(contains({}, *Address::parse("127.0.0.1", 1)));
}
