#include "asking.h"
#include "lookup/maps.h"

using namespace postern;

namespace {

MapResult read(std::string_view text) {
  return read_regex_map({.type = "regex", .argument = "popmap.re"}, text);
}

std::string ask_rules(std::string_view rules, std::string_view key) {
  auto map = read(rules);
  REQUIRE_MESSAGE(map, (map ? "" : map.error().text));
  return ask(**map, key);
}

}  // namespace

TEST_CASE("popmap.re: the first match anywhere wins") {
  const char* rules =
      "# by domain\n"
      "(.*)@dom\\\\.example: mail1\n"
      "^u[0-9]+$  mail2:143   ^v  mail3\n"
      "mid: u1-$0@h\n"
      "zz \\\n  last";
  CHECK(ask_rules(rules, "x@dom.example") == "mail1");
  CHECK(ask_rules(rules, "x@domXexample") == "-");
  CHECK(ask_rules(rules, "u12") == "mail2:143");
  CHECK(ask_rules(rules, "u12x") == "-");
  CHECK(ask_rules(rules, "v1") == "mail3");
  CHECK(ask_rules(rules, "azz") == "alast");
  CHECK(ask_rules("m b\nmi a\n", "mi") == "b");
}

TEST_CASE("popmap.re: before the match is kept, behind it dropped") {
  CHECK(ask_rules("mid: u1-$0@h\n", "xmidy") == "xu1-mid@h");
  CHECK(ask_rules("@.* @h", "u1@old.example") == "u1@h");
}

TEST_CASE("popmap.re: groups") {
  CHECK(ask_rules("(.)(.)@(.*) $2$1@$3:99", "ab@h") == "ba@h:99");
  CHECK(ask_rules("(a)(b)(c)(d)(e)(f)(g)(h)(i) $9$8$1", "abcdefghi") == "iha");
  // One that took no part, or does not exist, stays as written.
  CHECK(ask_rules("^(x)?y h$1-$2", "y") == "h$1-$2");
  CHECK(ask_rules("^y h$", "y") == "h$");
  CHECK(ask_rules("^(x*)y h$1-", "y") == "h-");
  CHECK(ask_rules("^y $x$0", "y") == "$xy");
}

TEST_CASE("popmap.re: backslashes are eaten before the regex sees them") {
  CHECK(ask_rules("esc\\.x h", "escAx") == "h");
  CHECK(ask_rules("esc\\\\.x h", "escAx") == "-");
  CHECK(ask_rules("esc[.]x h", "escAx") == "-");
  CHECK(ask_rules("'esc\\.x' h", "escAx") == "-");
  CHECK(ask_rules("'esc\\.x' h", "esc.x") == "h");
}

TEST_CASE("popmap.re: one colon at the end of a regex goes") {
  CHECK(ask_rules("a: h", "a") == "h");
  CHECK(ask_rules("a:: h", "a") == "-");
  CHECK(ask_rules("a:: h", "a:") == "h");
}

TEST_CASE("popmap.re: rules that are off") {
  CHECK(ask_rules("a ''\na h\n", "a") == "h");
  CHECK(ask_rules("a ''\n", "a") == "-");
  CHECK(ask_rules("lone\na h\n", "alone") == "h");
  CHECK(ask_rules("# x \\\na off\na h\n", "a") == "h");
  const auto map = *read(": h\na b lone:\n'' h\n");
  CHECK(ask(*map, "lone:") == "-");
  CHECK(map->warnings() ==
        std::vector<std::string>{
            "popmap.re:1: the regex is empty, so the rule is off",
            "popmap.re:2: regex \"lone\" has no substitution, so the rule is "
            "off",
            "popmap.re:3: the regex is empty, so the rule is off"});
}

TEST_CASE("popmap.re: case matters, and $ is the very end") {
  CHECK(ask_rules("^U1$ h", "u1") == "-");
  CHECK(ask_rules("^u1$ h", "u1\n") == "-");
  CHECK(ask_rules("^u1$ h", "x\nu1") == "-");
  CHECK(ask_rules("^.$ h", "\n") == "-");
  CHECK(ask_rules("^.$ h", std::string_view("\0", 1)) == "h");
}

TEST_CASE("a substitution that gives no address is trouble") {
  Loop loop;
  const auto map = *read("\n^(.*)$ $1\n");
  CHECK(ask(*map, "mail") == "mail");
  const auto answer = ask(loop, *map, "a b");
  CHECK(answer.error().fault == Fault::Config);
  CHECK(answer.error().text ==
        "line 2: \"a b\" is not [user@]host[:port] or pool NAME");
}

TEST_CASE("a regex without end is trouble, not 'no match' (T10.2)") {
  Loop loop;
  const auto map = *read("^(([a-z])+.)+[A-Z]([a-z])+$ h\n. default\n");
  const auto answer = ask(loop, *map, std::string(200, 'a'));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().fault == Fault::TryLater);
  CHECK(answer.error().text == "line 1: match limit exceeded");
  CHECK(ask(*map, "12") == "default");
}

TEST_CASE("a group over a whole key fits the stack of the matcher") {
  CHECK(ask_rules("^(a|b|c)*$ h", std::string(kMaxKey, 'c')) == "h");
  CHECK(ask_rules("^((a)|b)*?$ h", std::string(kMaxKey, 'a')) == "h");
}

TEST_CASE("patterns that do harm are refused when read (T10.3)") {
  for (const std::string& bad :
       {std::string("(?{1})"), std::string("'\\C'"), std::string("(*UTF)\xff"),
        std::string("(*UCP)a"), std::string(50000, 'x'), std::string("a("),
        std::string("*a"), std::string("(?")}) {
    const auto map = read("good h\n" + bad + " h\n");
    REQUIRE_MESSAGE(!map, bad);
    CHECK(map.error().fault == Fault::Config);
    CHECK(map.error().text.starts_with("popmap.re:2: regex \""));
  }
  // In a pattern limits can be lowered, not raised.
  const auto map =
      *read("'(*LIMIT_MATCH=4000000000)^(([a-z])+.)+[A-Z]([a-z])+$' h\n");
  CHECK(ask(*map, std::string(200, 'a')) == "! line 1: match limit exceeded");
}

TEST_CASE("every bad line of popmap.re is told") {
  CHECK(read("a( h\n\"b\nc )\nd[\n").error().text ==
        "popmap.re:2: the quote \" is not closed\n"
        "popmap.re:1: regex \"a(\": missing closing parenthesis at octet 2\n"
        "popmap.re:4: regex \"d[\": missing terminating ] for character class"
        " at octet 2");
}

TEST_CASE("regex maps come from files") {
  const TempDir dir;
  const std::string path = dir.write("popmap.re", "^u: mail");
  const auto map = open_good({.type = "regex", .argument = path});
  CHECK(ask(*map, "u1") == "mail");
  CHECK(map->name() == "regex " + path);
  CHECK(open_map({.type = "regex", .argument = dir.path("x")}).error().text ==
        "regex: " + dir.path("x") + ": No such file or directory");
}
