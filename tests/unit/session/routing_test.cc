#include "proxy/session/routing.h"

#include <doctest/doctest.h>

#include "proxy/net/loop.h"

using namespace postern;

namespace {

MapOptions map(std::string type, std::string argument) {
  MapOptions options;
  options.type = std::move(type);
  options.argument = std::move(argument);
  return options;
}

struct Bench {
  Loop loop;
  ServiceOptions options;
  Pools pools;
  RouteTrace trace;

  Bench() { options.protocol = find_protocol("IMAP4"); }

  RouteAnswer route(const std::string& user) {
    auto service = Service::open(options, pools);
    REQUIRE_MESSAGE(service, service.error().text);
    std::optional<RouteAnswer> answer;
    Question asked;
    asked.user = user;
    find_route(loop, **service, asked, true,
               [&](RouteAnswer found, RouteTrace how) {
                 answer = std::move(found);
                 trace = std::move(how);
               });
    while (!answer)
      loop.run_once();
    return std::move(*answer);
  }

  // "login name -> first backend", or what else came out.
  std::string outcome(const std::string& user) {
    const RouteAnswer answer = route(user);
    if (!answer) return "error";
    if (!*answer) return "unknown";
    return (*answer)->user + " -> " +
           (*answer)->pool->pick(user, 0, {})->where().text();
  }
};

}  // namespace

TEST_CASE("a map's host is a pool of one") {
  Bench bench;
  bench.options.lookup.maps = {map("static", "imap1.example:1143")};
  CHECK(bench.outcome("bob") == "bob -> imap1.example:1143");
  CHECK(bench.trace.rule == "map");
}

TEST_CASE("a map may name a pool, which must exist") {
  Bench bench;
  PoolOptions pool;
  pool.name = "blue";
  pool.backends = {{*Endpoint::parse("10.0.0.1:143")}};
  auto made = Pool::make(pool);
  REQUIRE(made);
  bench.pools["blue"] = *made;
  bench.options.lookup.maps = {map("static", "pool blue")};
  CHECK(bench.outcome("bob") == "bob -> 10.0.0.1:143");
  bench.options.lookup.maps = {map("static", "pool green")};
  const RouteAnswer missing = bench.route("bob");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().fault == Fault::Config);
  CHECK(missing.error().text == "no pool is named \"green\"");
}

TEST_CASE("the map's user counts only with username_from_database") {
  Bench bench;
  bench.options.lookup.maps = {map("static", "other@imap1.example:143")};
  CHECK(bench.outcome("bob") == "bob -> imap1.example:143");
  bench.options.username_from_database = true;
  CHECK(bench.outcome("bob") == "other -> imap1.example:143");
}

TEST_CASE("unknown everywhere goes to outgoing_server, else nowhere") {
  Bench bench;
  CHECK(bench.outcome("bob") == "unknown");
  bench.options.outgoing_servers = {{*Endpoint::parse("fallback:143")}};
  CHECK(bench.outcome("bob") == "bob -> fallback:143");
  CHECK(bench.trace.rule == "outgoing_server");
}

TEST_CASE("trouble with a map never falls back to outgoing_server") {
  Bench bench;
  bench.options.lookup.maps = {map("fail", ""), map("static", "a:1")};
  bench.options.outgoing_servers = {{*Endpoint::parse("fallback:143")}};
  const RouteAnswer answer = bench.route("bob");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().fault == Fault::TryLater);
}

TEST_CASE("the name is looked up in one form and logs in with another") {
  Bench bench;
  bench.options.names.lower_case = kServernameLookup;
  bench.options.names.strip_domain = kRemoteLogin;
  bench.options.outgoing_servers = {{*Endpoint::parse("a:1")}};
  CHECK(bench.outcome("Bob@Example") == "Bob -> a:1");
  CHECK(bench.trace.key == "bob@example");
}

TEST_CASE("client_server_specification splits at the last delimiter") {
  Bench bench;
  bench.options.client_server_specification = true;
  bench.options.outgoing_servers = {{*Endpoint::parse("fallback:143")}};
  CHECK(bench.outcome("bob@corp@imap9.example:1143") ==
        "bob@corp -> imap9.example:1143");
  CHECK(bench.trace.rule == "client_server_specification");
  CHECK(bench.outcome("bob") == "bob -> fallback:143");
  bench.options.client_server_specification = false;
  CHECK(bench.outcome("bob@imap9.example") ==
        "bob@imap9.example -> fallback:143");
}
