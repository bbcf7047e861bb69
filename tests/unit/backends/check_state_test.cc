#include "backends/health/check_state.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("up until several checks in a row say otherwise") {
  CheckState state({.rise = 2, .fall = 3});
  CHECK(state.up());
  CHECK_FALSE(state.in_doubt());
  CHECK_FALSE(state.bad(10, "refused"));
  CHECK(state.in_doubt());
  CHECK_FALSE(state.bad(20, "refused"));
  CHECK_FALSE(state.good(30));  // which begins the count anew
  CHECK_FALSE(state.in_doubt());
  CHECK_FALSE(state.bad(40, "refused"));
  CHECK_FALSE(state.bad(50, "refused"));
  CHECK(state.bad(60, "no greeting"));
  CHECK_FALSE(state.up());
  CHECK_FALSE(state.in_doubt());
  CHECK(state.since() == 60);
  CHECK(state.reason() == "no greeting");
}

TEST_CASE("down until several checks in a row say otherwise") {
  CheckState state({.rise = 2, .fall = 1});
  CHECK(state.bad(100, "refused"));
  CHECK_FALSE(state.good(110));
  CHECK(state.in_doubt());
  CHECK_FALSE(state.bad(120, "refused"));
  CHECK_FALSE(state.good(130));
  CHECK(state.good(140));
  CHECK(state.up());
  CHECK(state.since() == 140);
  CHECK_FALSE(state.good(150));
}

TEST_CASE("rare checks do not make it slow") {
  CheckState state({.rise = 1, .fall = 5, .patience_ms = 30000});
  CHECK_FALSE(state.bad(1000, "timed out"));
  CHECK_FALSE(state.bad(30999, "timed out"));
  CHECK(state.bad(31000, "timed out"));
  CHECK(state.good(31001));
  // The time counts from the first bad one of the row.
  CHECK_FALSE(state.bad(90000, "timed out"));
  CHECK_FALSE(state.good(100000));
  CHECK_FALSE(state.bad(125000, "timed out"));
}

TEST_CASE("new rules for what is known") {
  CheckState state({.rise = 1, .fall = 3});
  CHECK_FALSE(state.bad(1, "refused"));
  state.change_rules({.rise = 3, .fall = 2});
  CHECK(state.bad(2, "refused"));
  CHECK_FALSE(state.good(3));
  CHECK_FALSE(state.good(4));
  CHECK(state.good(5));
}
