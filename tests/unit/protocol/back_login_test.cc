#include "proxy/protocol/back_login.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("the PLAIN message") {
  const Credentials who{"u1", Secret("pw1"), "PLAIN"};
  CHECK(plain_response(who).view() == "AHUxAHB3MQ==");
}

TEST_CASE("a reply that repeats the password is not quoted") {
  const Credentials who{"u1", Secret("se\"cr\\et"), "PLAIN"};
  constexpr std::string_view kHidden = "a reply that repeats the password";
  CHECK(quoted_reply("BAD PASS se\"cr\\et", who) == kHidden);
  CHECK(quoted_reply("BAD LOGIN \"u1\" \"se\\\"cr\\\\et\"", who) == kHidden);
  CHECK(quoted_reply("BAD " + std::string(plain_response(who).view()), who) ==
        kHidden);
  CHECK(quoted_reply("NO se\"cr", who) == "NO se\"cr");
  CHECK(quoted_reply("NO \x1b[31m", who) == "NO \\x1b[31m");
}
