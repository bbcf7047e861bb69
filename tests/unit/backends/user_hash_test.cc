#include "backends/user_hash.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

std::string key(const std::string& text, const std::string& user) {
  const auto hash = UserHash::parse(text);
  return hash ? hash->key_of(user) : hash.error().text;
}

}  // namespace

TEST_CASE("what of a name counts") {
  CHECK(UserHash().key_of("Alice@Example.ORG") == "alice@example.org");
  CHECK(key("%u", "Alice@Example") == "Alice@Example");
  CHECK(key("%Ln", "Alice@Example") == "alice");
  CHECK(key("%n", "alice") == "alice");
  CHECK(key("%Ld", "Alice@Example") == "example");
  CHECK(key("%d", "alice") == "");
  CHECK(key("%d", "a@b@c") == "b@c");
  CHECK(key("%Un/%Ld%%", "Alice@Example") == "ALICE/example%");
}

TEST_CASE("templates that mean nothing") {
  const std::string expected =
      ", expected %u, %n, %d, each with L or U before its letter if wanted";
  CHECK(key("%x", "a") == "\"%x\": there is no %x" + expected);
  CHECK(key("%", "a") == "\"%\": ends inside a variable" + expected);
  CHECK(key("%L", "a") == "\"%L\": ends inside a variable" + expected);
  CHECK(key("all", "a") == "\"all\": is the same for all users" + expected);
  CHECK(key("", "a") == "\"\": is the same for all users" + expected);
}
