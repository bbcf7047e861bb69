#include "proxy/ctl/value_text.h"

#include <cstdlib>
#include <ctime>

#include <doctest/doctest.h>

using namespace postern;

namespace {

std::string shown(const std::string& text, Form form) {
  return text_of({text, false}, form, 1700000000000);
}

}  // namespace

TEST_CASE("durations show their two largest units") {
  CHECK(shown("0", Form::Duration) == "0ms");
  CHECK(shown("999", Form::Duration) == "999ms");
  CHECK(shown("7000", Form::Duration) == "7s");
  CHECK(shown("192500", Form::Duration) == "3m12s");
  CHECK(shown("3720000", Form::Duration) == "1h02m");
  CHECK(shown("273600000", Form::Duration) == "3d04h");
}

TEST_CASE("octets show a unit") {
  CHECK(shown("0", Form::Octets) == "0");
  CHECK(shown("1023", Form::Octets) == "1023");
  CHECK(shown("1536", Form::Octets) == "1.5k");
  CHECK(shown("1048575", Form::Octets) == "1.0M");
  CHECK(shown("209715200", Form::Octets) == "200M");
  CHECK(shown("18446744073709551615", Form::Octets) == "16.0E");
}

TEST_CASE("today's times go without a date") {
  setenv("TZ", "UTC", 1);
  tzset();
  CHECK(shown("1700000000000", Form::Time) == "22:13:20");
  CHECK(shown("1699900000000", Form::Time) == "2023-11-13 18:26:40");
}

TEST_CASE("whatever is in a text, it is fit for a terminal") {
  CHECK(shown("alice", Form::Text) == "alice");
  CHECK(shown("a\x1b[31m", Form::Text) == "a\\x1b[31m");
  CHECK(shown("many", Form::Number) == "many");
  CHECK(text_of({"-", false}, Form::Text, 0) == "-");
  CHECK(text_of({"-", true}, Form::Text, 0) == "-");
}
