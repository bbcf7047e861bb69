#include "proxy/base/json.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("text stays what it is") {
  CHECK(json_string("") == "\"\"");
  CHECK(json_string("alice@example.org") == "\"alice@example.org\"");
  CHECK(json_string("\xc3\xa4 \xf0\x9f\x92\x8c") ==
        "\"\xc3\xa4 \xf0\x9f\x92\x8c\"");
}

TEST_CASE("what would break the string or the terminal is escaped") {
  CHECK(json_string("a\"b\\c") == R"("a\"b\\c")");
  CHECK(json_string(std::string_view("\0\r\n\x1b\x7f", 5)) ==
        R"("\u0000\u000d\u000a\u001b\u007f")");
  CHECK(json_string("\xc2\x9b\xe2\x80\xa8") == R"("\u009b\u2028")");
}

TEST_CASE("octets that are no UTF-8 are replaced") {
  CHECK(json_string("a\xffz") == "\"a\xef\xbf\xbdz\"");
  CHECK(json_string("\xc3") == "\"\xef\xbf\xbd\"");
  CHECK(json_string("\xc0\xaf") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}
