#include "proxy/config/pool_line.h"

#include <doctest/doctest.h>

#include "config_text.h"

using namespace postern;

namespace {

std::string wrong(std::string_view line) {
  Draft draft;
  const Status added = add_pool_line(draft, line);
  CHECK(draft.server.pools.empty());
  return added ? "nothing" : added.error().text;
}

}  // namespace

TEST_CASE("a pool in one line") {
  Draft draft;
  REQUIRE(add_pool_line(draft, "mail a b:1143 weight=3 [::1]:143"));
  REQUIRE(draft.server.pools.size() == 1);
  const PoolOptions& pool = draft.server.pools[0];
  CHECK(pool.name == "mail");
  CHECK(pool.policy == PoolOptions().policy);
  REQUIRE(pool.backends.size() == 3);
  CHECK(pool.backends[0].where == Endpoint{"a", 0});
  CHECK(pool.backends[0].weight == 1);
  CHECK(pool.backends[1].where == Endpoint{"b", 1143});
  CHECK(pool.backends[1].weight == 3);
  CHECK(pool.backends[2].where == Endpoint{"::1", 143});
}

TEST_CASE("lines of one pool add up") {
  Draft draft;
  REQUIRE(add_pool_line(draft, "one a"));
  REQUIRE(add_pool_line(draft, "two c"));
  REQUIRE(add_pool_line(draft, "one rest_time=3s b weight=2"));
  REQUIRE(add_pool_line(draft, "one policy=round_robin"));
  CHECK(show_pools(draft) ==
        std::vector<std::string>{"one rest_time=3s a b weight=2", "two c"});
  CHECK(draft.server.pools[0].rest_ms == 3000);
}

TEST_CASE("lines that make no pool") {
  CHECK(wrong("") == "\"\", expected NAME HOST[:PORT] ...");
  CHECK(wrong("weight=2 a") == "\"weight=2 a\", expected NAME HOST[:PORT] ...");
  CHECK(wrong("mail") ==
        "pool mail has no host, expected NAME HOST[:PORT] ...");
  CHECK(wrong("mail weight=2 a") ==
        "weight=2 stands before any host, expected HOST weight=NUMBER");
  CHECK(wrong("mail a weight=0") ==
        "weight: \"0\", expected a number from 1 to 1000");
  CHECK(wrong("mail a wieght=2") ==
        "\"wieght=2\", expected a host, weight=, policy=, rest_time= or a "
        "setting "
        "of services");
  CHECK(wrong("mail a policy=best") ==
        "policy: \"best\", expected round_robin");
  CHECK(wrong("mail a rest_time=x").starts_with("rest_time: \"x\", expected"));
  CHECK(wrong("mail a:0").starts_with("\"a:0\", expected a host name"));
}

TEST_CASE("a weight does not reach back into another line") {
  Draft draft;
  REQUIRE(add_pool_line(draft, "mail a"));
  CHECK_FALSE(add_pool_line(draft, "mail weight=2 b"));
  CHECK(show_pools(draft) == std::vector<std::string>{"mail a"});
}

TEST_CASE("pools stand in the global file, with file and line when wrong") {
  CHECK(texts_of(configure_all("pool p a\npool p b weight=x",
                               {{"a", kService + "pool q c"}})
                     .problems) ==
        Texts{"c/postern.conf:2: pool: weight: \"x\", expected a number from 1 "
              "to 1000",
              "c/conf.d/a.conf:3: pool: belongs to the daemon, expected in the "
              "global file"});
}
