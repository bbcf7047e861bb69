#include "tests/transcripts/notation.h"

#include <doctest/doctest.h>

#include "tests/transcripts/transcript.h"

using namespace postern::transcripts;

TEST_CASE("escapes stand for octets") {
  CHECK(unescape("a\\r\\n\\t\\0\\\\\\\"\\}") ==
        std::string("a\r\n\t\0\\\"}", 8));
  CHECK(unescape("\\x7f\\xe4") == "\x7f\xe4");
  CHECK(unescape("{5+}") == "{5+}");
  CHECK(unescape("\\repeat{3 ab}c") == "abababc");
  CHECK(unescape("\\base64{\\0u1\\0pw1}") == "AHUxAHB3MQ==");
  CHECK(unescape("\\base64{\\repeat{2 u}\\}}") == "dXV9");
}

TEST_CASE("what is no escape is an error") {
  for (const char* text : {"\\q", "\\", "\\x4", "\\xzz", "\\base64{u",
                           "\\repeat{x y}", "\\repeat{3}", "\\repeat{2 \\q}"})
    CHECK_MESSAGE(!unescape(text), text);
}

TEST_CASE("escape() is read back by unescape()") {
  std::string octets;
  for (int i = 0; i < 256; ++i)
    octets += static_cast<char>(i);
  CHECK(unescape(escape(octets)) == octets);
}

TEST_CASE("marks have a name, words and values") {
  const auto mark =
      parse_mark("<settled refused code=\"IN-USE\" text=\"a\\\"b\">");
  REQUIRE(mark);
  CHECK(mark->name == "settled");
  CHECK(mark->value("") == "refused");
  CHECK(mark->value("code") == "IN-USE");
  CHECK(mark->value("text") == "a\"b");
  CHECK(!mark->has("detail"));
  CHECK(mark->text() == "<settled refused code=\"IN-USE\" text=\"a\\\"b\">");
  CHECK(parse_mark("<rest \"b NOOP\\r\\n\">")->value("") == "b NOOP\r\n");
  for (const char* text :
       {"<>", "<a", "<a b=>", "<a b=\"c>", "<a  b>", "<a,b>"})
    CHECK_MESSAGE(!parse_mark(text), text);
}

TEST_CASE("a file is options, titles and steps") {
  const auto found = parse_conversations(
      "# comment\nprotocol IMAP4\n\n== one\ntls force\nC: a NOOP\n"
      "S: half\\\n<tls>\n== two\nC*: x\\\\\n");
  REQUIRE(found);
  REQUIRE((*found).size() == 2);
  const Conversation& one = (*found)[0];
  CHECK(one.title == "one");
  CHECK(one.line == 4);
  REQUIRE(one.options.size() == 2);
  CHECK(one.options[1].name == "tls");
  CHECK(one.options[1].value == "force");
  REQUIRE(one.steps.size() == 3);
  CHECK(one.steps[0].octets == "a NOOP\r\n");
  CHECK(one.steps[1].octets == "half");
  CHECK(one.steps[2].mark.name == "tls");
  const Conversation& two = (*found)[1];
  CHECK(two.options.size() == 1);
  CHECK(two.steps[0].secret);
  CHECK(two.steps[0].octets == "x\\\r\n");
}

TEST_CASE("a file that tests nothing is an error") {
  CHECK(parse_conversations("").error().text ==
        "1: no conversation in this file");
  CHECK(parse_conversations("== one\n").error().text ==
        "1: nothing happens here");
  CHECK(parse_conversations("C: a\n").error().text ==
        "1: no conversation has begun");
  CHECK(parse_conversations("== a\nC: a\ntls off\n").error().text ==
        "3: options come before the first step");
  CHECK(parse_conversations("== a\nC: \\q\n").error().text ==
        "2: not an escape");
}
