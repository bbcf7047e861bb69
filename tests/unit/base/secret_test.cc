#include "proxy/base/secret.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("a secret grows, moves and clears") {
  Secret one("pass");
  one.append("word");
  CHECK(one.view() == "password");
  Secret two = std::move(one);
  CHECK(two.view() == "password");
  CHECK(one.empty());
  two.clear();
  CHECK(two.empty());
}

TEST_CASE("take wipes where the bytes came from") {
  std::string from = "a password long enough to live on the heap";
  const char* where = from.data();
  const Secret taken = Secret::take(from);
  CHECK(taken.size() == 42);
  CHECK(from.empty());
  CHECK(where[0] == '\0');
  CHECK(where[20] == '\0');
}
