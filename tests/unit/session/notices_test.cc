#include "proxy/session/notices.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("trouble is news once, and again when it has been away") {
  Notices notices;
  CHECK_FALSE(notices.seen("a:143", false));
  CHECK(notices.seen("a:143", true));
  CHECK_FALSE(notices.seen("a:143", true));
  CHECK(notices.seen("b:143", true));
  CHECK_FALSE(notices.seen("a:143", false));
  CHECK(notices.seen("a:143", true));
  CHECK_FALSE(notices.seen("b:143", true));
}

TEST_CASE("names that somebody makes up do not fill the memory") {
  Notices notices;
  for (int i = 0; i < 10000; ++i)
    CHECK(notices.seen(std::to_string(i), true));
  CHECK(notices.seen("one more", true));
  CHECK(notices.seen("0", true));  // forgotten with the others
}
