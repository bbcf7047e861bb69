#include "proxy/protocol/refusal.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("a peer's text passes as visible ASCII of bounded length") {
  CHECK(plain_text("[IN-USE] \\ locked") == "[IN-USE] \\ locked");
  CHECK(plain_text(std::string_view("a\0b\r\x1b[31m\xff\x7f\t", 12)) ==
        "a?b??[31m???");
  CHECK(plain_text(std::string(5000, 'x')).size() == 400);
}

TEST_CASE("HTTP is recognised by its method, and only by that") {
  CHECK(looks_like_http("GET / HTTP/1.1"));
  CHECK(looks_like_http("POST /x HTTP/1.0"));
  CHECK(looks_like_http("PRI * HTTP/2.0"));
  CHECK_FALSE(looks_like_http("GET"));
  CHECK_FALSE(looks_like_http("GETX /"));
  CHECK_FALSE(looks_like_http("DELE 1"));
  CHECK_FALSE(looks_like_http("a1 LOGIN GET x"));
  CHECK_FALSE(looks_like_http(""));
}

TEST_CASE("no verdict and no farewell is without words") {
  using Kind = Verdict::Kind;
  for (const Kind kind :
       {Kind::Accepted, Kind::WrongPassword, Kind::Refused, Kind::Unavailable,
        Kind::Misconfigured, Kind::Disabled})
    CHECK_FALSE(verdict_text(kind).empty());
  for (const Farewell why :
       {Farewell::Shutdown, Farewell::TooSlow, Farewell::TooMany})
    CHECK_FALSE(farewell_text(why).empty());
}
