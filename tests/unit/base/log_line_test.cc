#include "proxy/base/log_line.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

std::string logfmt_of(std::string_view value) {
  return LogLine("").add("k", value).logfmt();
}

std::string json_of(std::string_view value) {
  return LogLine("").add("k", value).json();
}

}  // namespace

TEST_CASE("values keep their order and their kind") {
  LogLine line("login");
  line.add("session", "a1-2")
      .add("rport", uint64_t{40000})
      .add("user", "jane@example.org")
      .add("nobody", "")
      .add_seconds("seconds", 61007);
  CHECK(line.logfmt() ==
        "event=login session=a1-2 rport=40000 user=jane@example.org "
        "nobody=\"\" seconds=61.007");
  CHECK(line.json() ==
        R"("event":"login","session":"a1-2","rport":40000,)"
        R"("user":"jane@example.org","nobody":"","seconds":61.007)");
  CHECK(LogLine("").add_seconds("s", 0).logfmt() == "s=0.000");
  CHECK(LogLine("").add_seconds("s", 999).logfmt() == "s=0.999");
}

TEST_CASE("logfmt quotes what could be misread") {
  CHECK(logfmt_of("[::1]:143") == "k=\"[::1]:143\"");
  CHECK(logfmt_of("2001:db8::1") == "k=2001:db8::1");
  CHECK(logfmt_of("two words") == "k=\"two words\"");
  CHECK(logfmt_of("a=b") == "k=\"a=b\"");
  CHECK(logfmt_of("gr\xc3\xbc\xc3\x9f") == "k=\"gr\xc3\xbc\xc3\x9f\"");
}

// What an attacker would write into a log through a name (threats, logs).
TEST_CASE("values forge neither members nor lines") {
  const std::string forged =
      "ab\r\nNov 21 00:00:00 fake: x\x1b[31m\" user=root \\\"";
  CHECK(logfmt_of(forged) ==
        R"(k="ab\x0d\x0aNov 21 00:00:00 fake: x\x1b[31m\" user=root \x5c\"")");
  CHECK(json_of(forged) ==
        R"("k":"ab\\x0d\\x0aNov 21 00:00:00 fake: x\\x1b[31m\" user=root )"
        R"(\\x5c\"")");
  CHECK(json_of("\",\"admin\":true,\"") == R"("k":"\",\"admin\":true,\"")");

  const std::pair<std::string_view, std::string_view> cases[] = {
      {std::string_view("nul\0end", 7), R"(nul\x00end)"},
      {"\xe2\x80\xa8", R"(\xe2\x80\xa8)"},
      {"\x9b", R"(\x9b)"},
      {"\xc2\x9b", R"(\xc2\x9b)"},
      {"\xc0\xaf", R"(\xc0\xaf)"},
      {"\x7f", R"(\x7f)"}};
  for (const auto& [value, shown] : cases) {
    CHECK(logfmt_of(value) == "k=\"" + std::string(shown) + "\"");
    std::string doubled;
    for (const char c : shown)
      doubled += c == '\\' ? "\\\\" : std::string(1, c);
    CHECK(json_of(value) == "\"k\":\"" + doubled + "\"");
  }
}

TEST_CASE("values are bounded") {
  const std::string fits(kMaxLogValue, 'a');
  CHECK(logfmt_of(fits) == "k=" + fits);
  CHECK(logfmt_of(fits + "b") == "k=\"" + fits + "...\"");
  CHECK(json_of(fits + "b") == "\"k\":\"" + fits + "...\"");
}
