#include "proxy/session/offers.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("what is common to all backends") {
  Offers offers;
  CHECK(offers.common(0) == nullptr);
  offers.note("a", "IDLE ENABLE AUTH=X", 0);
  CHECK(*offers.common(0) == "IDLE ENABLE AUTH=X");
  offers.note("b", "enable AUTH=X MOVE", 1);
  CHECK(*offers.common(1) == "ENABLE AUTH=X");
  offers.note("b", "", 2);
  REQUIRE(offers.common(2) != nullptr);
  CHECK(offers.common(2)->empty());
  offers.note("b", "IDLE", 3);
  CHECK(*offers.common(3) == "IDLE");
}

TEST_CASE("what one of them offers") {
  Offers offers;
  CHECK_FALSE(offers.of("a", 0));
  offers.note("a", "IDLE", 5);
  CHECK(offers.of("a", 6) == "IDLE");
  CHECK_FALSE(offers.of("b", 6));
}

TEST_CASE("old offers count no more, unless they are seen again") {
  Offers offers;
  offers.note("a", "IDLE", 0);
  offers.note("b", "MOVE", 10);
  CHECK(offers.common(10)->empty());
  CHECK_FALSE(offers.of("a", Offers::kFresh));
  CHECK(*offers.common(Offers::kFresh) == "MOVE");
  offers.note("b", "MOVE", Offers::kFresh);
  CHECK(*offers.common(2 * Offers::kFresh - 1) == "MOVE");
  CHECK(offers.common(2 * Offers::kFresh) == nullptr);
}

TEST_CASE("the oldest is forgotten when there are too many") {
  Offers offers;
  for (size_t i = 0; i <= Offers::kMostBackends; ++i)
    offers.note(std::to_string(i), "IDLE", i);
  CHECK_FALSE(offers.of("0", 1));
  CHECK(offers.of("1", 1));
}
