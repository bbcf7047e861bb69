#include "proxy/server/gate.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

Gate::Key at(const char* ip) {
  return Gate::key(*Address::parse(ip, 1234));
}

}  // namespace

TEST_CASE("an address has so many places, others have their own") {
  Gate gate;
  CHECK(gate.enter(at("192.0.2.1"), 2));
  CHECK(gate.enter(at("192.0.2.1"), 2));
  CHECK_FALSE(gate.enter(at("192.0.2.1"), 2));
  CHECK(gate.enter(at("192.0.2.2"), 2));
  gate.leave(at("192.0.2.1"));
  CHECK(gate.enter(at("192.0.2.1"), 2));
}

TEST_CASE("a /64 of IPv6 is one address") {
  Gate gate;
  CHECK(gate.enter(at("2001:db8::1"), 1));
  CHECK_FALSE(gate.enter(at("2001:db8::ffff:2"), 1));
  CHECK(gate.enter(at("2001:db8:0:1::1"), 1));
}

TEST_CASE("no IPv6 address is mistaken for one of IPv4") {
  Gate gate;
  // The same octets, wherever they might stand.
  for (const char* ip :
       {"192.0.2.1", "c000:201::", "0:0:c000:201::", "::1", "0.0.0.0"})
    CHECK(gate.enter(at(ip), 1));
}

TEST_CASE("without a limit everybody enters") {
  Gate gate;
  for (int i = 0; i < 100; ++i)
    CHECK(gate.enter(at("192.0.2.1"), 0));
}
