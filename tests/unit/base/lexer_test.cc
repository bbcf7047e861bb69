#include "proxy/base/lexer.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

using Words = std::vector<std::string>;

// The only line of `text`.
LexedLine only_line(std::string_view text) {
  Lexed lexed = lex(text);
  REQUIRE(lexed.problems.empty());
  REQUIRE(lexed.lines.size() == 1);
  return lexed.lines.front();
}

}  // namespace

TEST_CASE("a line is a key and the rest") {
  const LexedLine line = only_line("  ok_line \t You  are so in \t\n");
  CHECK(line.number == 1);
  CHECK(line.words == Words{"ok_line", "You", "are", "so", "in"});
  CHECK(line.rest == "You  are so in");
  CHECK(only_line("bare").rest.empty());
  CHECK(only_line("bare").words == Words{"bare"});
  CHECK(only_line("key=value").words == Words{"key=value"});
}

TEST_CASE("an empty quoted value is a word") {
  CHECK(only_line("key ''").words == Words{"key", ""});
  CHECK(only_line("key \"\"").rest.empty());
}

TEST_CASE("comments") {
  CHECK(only_line("a#b").words == Words{"a"});
  CHECK(only_line("a b # c 'not a quote").rest == "b");
  CHECK(only_line("a '#b' \"#c\" \\#d").rest == "#b #c #d");
  CHECK(lex("# nothing\n\n   \n\t# here\n").lines.empty());
  CHECK(lex("").lines.empty());
  // A joined line is part of the comment, a quote in it means nothing.
  const Lexed lexed = lex("# it's \\\ntwo\nthree # \\\\\nfour # \\");
  REQUIRE(lexed.lines.size() == 2);
  CHECK(lexed.lines[0].words == Words{"three"});
  CHECK(lexed.lines[0].number == 3);
  CHECK(lexed.lines[1].words == Words{"four"});
}

TEST_CASE("backslashes are eaten") {
  CHECK(only_line("esc\\.x").words == Words{"esc.x"});
  CHECK(only_line("query_key \\\\u,\\\\D").rest == "\\u,\\D");
  CHECK(only_line("a\\ b c").words == Words{"a b", "c"});
  CHECK(only_line("k a\\ \\ ").rest == "a  ");
  CHECK(only_line("k a\\").rest == "a");
}

TEST_CASE("quotes") {
  CHECK(only_line("k \"dq \\\" x \\n y\"").rest == "dq \" x n y");
  CHECK(only_line("k 'it\\s'").rest == "it\\s");
  CHECK(only_line("k pre'mid  '\"post  \"").rest == "premid  post  ");
  CHECK(only_line("k pre'mid  '\"post  \"").words.size() == 2);
  CHECK(only_line("'a b' c").words == Words{"a b", "c"});
  CHECK(only_line("k \"it's\" 'say \"x\"'").rest == "it's say \"x\"");
  CHECK(only_line("k a  '' ").rest == "a  ");
}

TEST_CASE("lines are joined and counted") {
  const Lexed lexed =
      lex("one a\\\nb\n"
          "\n"
          "two \"a\\\nb\" \\\n  c\r\n"
          "three x\\\r\ny\r\n"
          "four");
  REQUIRE(lexed.lines.size() == 4);
  CHECK(lexed.lines[0].rest == "ab");
  CHECK(lexed.lines[1].number == 4);
  CHECK(lexed.lines[1].rest == "ab   c");
  CHECK(lexed.lines[2].number == 7);
  CHECK(lexed.lines[2].rest == "xy");
  CHECK(lexed.lines[3].number == 9);
  CHECK(lexed.lines[3].words == Words{"four"});
}

TEST_CASE("a quote that is not closed spoils its own line only") {
  const Lexed lexed = lex("a 'b\nc d\ne \"f\\\n\ng 'x\\\ny'\nh");
  REQUIRE(lexed.problems.size() == 4);
  CHECK(lexed.problems[0].number == 1);
  CHECK(lexed.problems[0].text == "the quote ' is not closed");
  CHECK(lexed.problems[1].number == 4);
  CHECK(lexed.problems[1].text == "the quote \" is not closed");
  CHECK(lexed.problems[2].number == 5);
  CHECK(lexed.problems[3].number == 6);
  REQUIRE(lexed.lines.size() == 2);
  CHECK(lexed.lines[0].number == 2);
  CHECK(lexed.lines[1].number == 7);
}

TEST_CASE("lines are bounded") {
  const std::string fits(65536, 'x');
  CHECK(only_line(fits).words == Words{fits});
  for (const std::string& bad :
       {fits + "x", "'" + fits + "'", "#" + fits, std::string(65537, ' ')}) {
    const Lexed lexed = lex("a\n" + bad + "\nb");
    REQUIRE(lexed.problems.size() == 1);
    CHECK(lexed.problems[0].number == 2);
    CHECK(lexed.problems[0].text == "the line is longer than 65536 octets");
    REQUIRE(lexed.lines.size() == 2);
    CHECK(lexed.lines[1].number == 3);
  }
}

TEST_CASE("other octets stand for themselves") {
  const std::string odd("a\0b\xff\r c", 7);
  CHECK(only_line(odd).words == Words{odd.substr(0, 5), "c"});
}
