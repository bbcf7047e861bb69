#include "proxy/base/ascii.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("same_text ignores the case of ASCII letters only") {
  CHECK(same_text("LoGiN", "login"));
  CHECK_FALSE(same_text("login", "logi"));
  CHECK_FALSE(same_text("\xc4", "\xe4"));
  CHECK(starts_with_text("AUTH=PLAIN", "auth="));
  CHECK_FALSE(starts_with_text("AU", "auth="));
}

TEST_CASE("parse_number refuses everything but digits in range") {
  CHECK(parse_number("0", 10) == 0);
  CHECK(parse_number("005", 10) == 5);
  CHECK(parse_number("10", 10) == 10);
  CHECK_FALSE(parse_number("11", 10));
  CHECK_FALSE(parse_number("", 10));
  CHECK_FALSE(parse_number("-1", 10));
  CHECK_FALSE(parse_number("+1", 10));
  CHECK_FALSE(parse_number(" 1", 10));
  CHECK_FALSE(parse_number("1e3", 10000));
  CHECK_FALSE(parse_number("7", 5));
  // T5.1: no wrap-around, whatever the length.
  CHECK_FALSE(parse_number("18446744073709551616", UINT64_MAX));
  CHECK_FALSE(parse_number("18446744073709551619", 4096));
  CHECK(parse_number("18446744073709551615", UINT64_MAX) == UINT64_MAX);
}

TEST_CASE("printable leaves nothing a terminal or log reader acts on") {
  CHECK(printable("plain text") == "plain text");
  CHECK(printable("a\r\nb\x1b[31m") == "a\\x0d\\x0ab\\x1b[31m");
  CHECK(printable(std::string_view("nul\0end", 7)) == "nul\\x00end");
  CHECK(printable("back\\slash") == "back\\x5cslash");
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(printable("\x9b") == "\\x9b");                    // a lone C1 octet
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");           // the same as UTF-8
  CHECK(printable("\xe2\x80\xa8") == "\\xe2\\x80\\xa8");  // U+2028
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");           // overlong
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CHECK(printable("\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
  CHECK(printable("abcdef", 3) == "abc...");
}

TEST_CASE("split and trim") {
  CHECK(split("a,,b", ',').size() == 3);
  CHECK(split("", ',').size() == 1);
  CHECK(trim(" \ta b\t ") == "a b");
  CHECK(trim(" \t ").empty());
  CHECK(has_control("a\tb"));
  CHECK(has_control("a\x7f"));
  CHECK_FALSE(has_control("a b\xff"));
}
