#include "lookup/route.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

Route host(std::string name, uint16_t port = 0, std::string user = "") {
  return {"", {std::move(name), port}, std::move(user)};
}

}  // namespace

TEST_CASE("values of maps") {
  CHECK(*parse_route("mail.example") == host("mail.example"));
  CHECK(*parse_route(" mail.example:143\t") == host("mail.example", 143));
  CHECK(*parse_route("u1@mail.example") == host("mail.example", 0, "u1"));
  CHECK(*parse_route("u1@dom.example@[2001:db8::1]:993") ==
        host("2001:db8::1", 993, "u1@dom.example"));
  CHECK(*parse_route("::1") == host("::1"));
  CHECK(*parse_route("[::1]") == host("::1"));
  CHECK(*parse_route("u1%%mail:143", "%%") == host("mail", 143, "u1"));
  CHECK(*parse_route("mail", "") == host("mail"));
}

TEST_CASE("pools") {
  CHECK(*parse_route("pool main") == Route{"main", {}, ""});
  CHECK(*parse_route("pool \t main ") == Route{"main", {}, ""});
  CHECK(*parse_route("u1@pool main") == Route{"main", {}, "u1"});
  CHECK(*parse_route("pool") == host("pool"));
  CHECK(parse_route("pool a b").error().text ==
        "\"pool a b\" is not pool NAME [tag=TAG]");
  CHECK_FALSE(parse_route("pool a@b"));
  CHECK_FALSE(parse_route("pool " + std::string(256, 'x')));
}

TEST_CASE("tags") {
  CHECK(*parse_route("pool main tag=eu") == Route{"main", {}, "", "eu"});
  CHECK(*parse_route("u@pool main \t tag=eu ") == Route{"main", {}, "u", "eu"});
  for (const char* wrong :
       {"pool main tag=", "pool main tag=a b", "pool main tag=a@b",
        "pool main tag", "host tag=eu"})
    CHECK_FALSE(parse_route(wrong));
}

TEST_CASE("values that are not an address are refused (T10.7)") {
  for (const char* bad :
       {"", " ", "127.0.0.1:143\r\nX", "[::1", "[::1]x", "h:0", "h:99999",
        "h:x", "h:", ":143", "@h", "u@", "u@ h", "h 143", "a\x01@h", "h\xc3"})
    CHECK_MESSAGE(!parse_route(bad), bad);
  CHECK_FALSE(parse_route(std::string(5000, 'h')));
  CHECK_FALSE(parse_route(std::string(1025, 'u') + "@h"));
  CHECK(parse_route(std::string(1024, 'u') + "@h"));
  const Error error = parse_route("x\r\ny").error();
  CHECK(error.fault == Fault::Config);
  CHECK(error.text == R"("x\x0d\x0ay" is not [user@]host[:port] or pool NAME)");
  CHECK(parse_route("@h").error().text ==
        "\"@h\" names no valid user before its last \"@\"");
}

TEST_CASE("routes are written as they are read") {
  for (const char* value :
       {"mail", "mail:143", "u@mail:143", "u@d@[::1]:143", "::1", "pool main",
        "u@pool main", "pool main tag=eu", "u@pool main tag=eu"})
    CHECK(to_text(*parse_route(value)) == value);
  CHECK(to_text(*parse_route("[::1]")) == "::1");
}
