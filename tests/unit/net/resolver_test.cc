#include "proxy/net/resolver.h"

#include <optional>

#include <doctest/doctest.h>

#include "proxy/net/loop.h"

using namespace postern;

namespace {

Result<Resolver::Addresses> ask(Loop& loop, Resolver& resolver,
                                const Endpoint& where) {
  std::optional<Result<Resolver::Addresses>> answer;
  resolver.resolve(where, [&](auto found) { answer = std::move(found); });
  while (!answer)
    loop.run_once();
  return std::move(*answer);
}

}  // namespace

TEST_CASE("literals need no asking, names do") {
  Loop loop;
  Resolver resolver(loop);
  const auto literal = ask(loop, resolver, {"::1", 993});
  REQUIRE(literal);
  CHECK((*literal)[0].text() == "[::1]:993");

  const auto name = ask(loop, resolver, {"localhost", 143});
  REQUIRE(name);
  CHECK((*name)[0].loopback());
  CHECK((*name)[0].port() == 143);
  // Known now, also for another port.
  const auto again = ask(loop, resolver, {"localhost", 110});
  REQUIRE(again);
  CHECK((*again)[0].port() == 110);
}

TEST_CASE("a name that does not exist is an error that names it") {
  Loop loop;
  Resolver resolver(loop);
  const auto nothing = ask(loop, resolver, {"no-such-host.invalid", 143});
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().text.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("nobody is told after the resolver has gone") {
  Loop loop;
  {
    Resolver resolver(loop);
    resolver.resolve({"localhost", 1}, [](auto) { FAIL("told"); });
  }
}
