#include "lookup/key.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

Question question(std::string user) {
  return {std::move(user), *Address::parse("192.0.2.7", 40001),
          *Address::parse("2001:db8::1", 143)};
}

std::string key(std::string_view format, std::string user = "a@b@dom",
                std::string_view delimiter = "@") {
  CHECK(check_key_format(format));
  return make_key(format, question(std::move(user)), delimiter);
}

}  // namespace

TEST_CASE("every escape of query_key") {
  CHECK(key("\\U") == "a@b@dom");
  CHECK(key("\\u") == "a@b");
  CHECK(key("\\d") == "dom");
  CHECK(key("\\D") == "@");
  CHECK(key("\\i \\p") == "192.0.2.7 40001");
  CHECK(key("\\I \\P") == "2001:db8::1 143");
  CHECK(key("\\\\") == "\\");
  CHECK(key("<\\D\\d>\\\\U") == "<@dom>\\U");
}

TEST_CASE("users without a domain, and long delimiters") {
  CHECK(key("\\u/\\d", "u1") == "u1/");
  CHECK(key("\\u/\\d", "u1%%x%%dom", "%%") == "u1%%x/dom");
  CHECK(key("\\u/\\d", "u1@", "@") == "u1/");
  CHECK(key("\\u/\\d", "a@b", "") == "a@b/");
}

TEST_CASE("unknown escapes are errors") {
  CHECK(check_key_format("\\x").error().text ==
        "\\x is none of \\U \\u \\d \\D \\i \\p \\I \\P \\\\");
  CHECK_FALSE(check_key_format("a\\"));
  CHECK_FALSE(check_key_format("\\U\\\\\\n"));
  CHECK_FALSE(check_key_format(""));
  CHECK(check_key_format("plain"));
  CHECK(check_key_format("\\\\x"));
}
