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
  CHECK(pool.policy == "consistent_hash");
  REQUIRE(pool.backends.size() == 3);
  CHECK(pool.backends[0].where == Endpoint{"a", 0});
  CHECK_FALSE(pool.backends[0].weight);  // what is usual with the policy
  CHECK(pool.backends[1].where == Endpoint{"b", 1143});
  CHECK(pool.backends[1].weight == 3);
  CHECK(pool.backends[2].where == Endpoint{"::1", 143});
}

TEST_CASE("lines of one pool add up") {
  Draft draft;
  REQUIRE(add_pool_line(draft, "one a"));
  REQUIRE(add_pool_line(draft, "two c"));
  REQUIRE(add_pool_line(draft, "one rest_time=3s b weight=2"));
  REQUIRE(add_pool_line(draft, "one policy=weighted_round_robin"));
  CHECK(show_pools(draft) ==
        std::vector<std::string>{
            "one policy=weighted_round_robin rest_time=3s a b weight=2",
            "two c"});
  CHECK(draft.server.pools[0].rest_ms == 3000);
}

TEST_CASE("lines that make no pool") {
  CHECK(wrong("") == "\"\", expected NAME HOST[:PORT] ...");
  CHECK(wrong("weight=2 a") == "\"weight=2 a\", expected NAME HOST[:PORT] ...");
  CHECK(wrong("mail") ==
        "pool mail has no host, expected NAME HOST[:PORT] ...");
  CHECK(wrong("mail weight=2 a") ==
        "weight=2 stands before any host, expected HOST weight=NUMBER");
  CHECK(wrong("mail a weight=1001") ==
        "weight: \"1001\", expected a number from 0 to 1000");
  CHECK(wrong("mail a wieght=2")
            .starts_with("\"wieght=2\", expected a host, weight=, tag=, "));
  CHECK(wrong("mail a policy=best") ==
        "policy: \"best\", expected consistent_hash, least_connections, "
        "round_robin, weighted_round_robin, random_two_choices, "
        "first_available");
  CHECK(wrong("mail a tag=a@b").starts_with("tag: \"a@b\", expected"));
  CHECK(wrong("mail a check_interval=5ms").starts_with("check_interval: "));
  CHECK(wrong("mail a check_rise=0").starts_with("check_rise: "));
  CHECK(wrong("mail a rest_time=x").starts_with("rest_time: \"x\", expected"));
  CHECK(wrong("mail a:0").starts_with("\"a:0\", expected a host name"));
}

TEST_CASE("everything that may be said of a pool is printed back") {
  const std::string line =
      "mail policy=least_connections sticky=yes failover=next user_hash=%Ln "
      "user_expire=20s rest_time=3s max_connecting=7 "
      "slow_start=1m check_interval=5s check_timeout=2s check_rise=3 "
      "check_fall=4 check_services=imap,pop3 check_user='a user' "
      "check_password_file=/etc/secret a weight=0 tag=eu max_connections=10 "
      "b tag=us";
  Draft draft;
  REQUIRE(add_pool_line(draft, line));
  CHECK(show_pools(draft) == std::vector<std::string>{line});
  const PoolOptions& pool = draft.server.pools[0];
  CHECK(pool.max_connecting == 7);
  CHECK(pool.slow_start_ms == 60000);
  CHECK(pool.check.interval_ms == 5000);
  CHECK(pool.check.services == std::vector<std::string>{"imap", "pop3"});
  CHECK(pool.check.user == "a user");
  CHECK(pool.backends[0].weight == 0U);
  CHECK(pool.backends[0].max_connections == 10);
  CHECK(pool.backends[1].tag == "us");
}

TEST_CASE("in front of all hosts of a line for each of them") {
  Draft draft;
  REQUIRE(add_pool_line(draft, "mail tag=eu max_connections=9 a b tag=us c"));
  REQUIRE(add_pool_line(draft, "mail d"));
  CHECK(show_pools(draft) ==
        std::vector<std::string>{"mail a tag=eu max_connections=9 b tag=us "
                                 "max_connections=9 c tag=eu "
                                 "max_connections=9 d"});
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
        Texts{"c/postern.conf:2: pool: weight: \"x\", expected a number from 0 "
              "to 1000",
              "c/conf.d/a.conf:3: pool: belongs to the daemon, expected in the "
              "global file"});
}
