// The player must find every difference, or the transcripts prove nothing.

#include "tests/transcripts/player.h"

#include <doctest/doctest.h>

using namespace postern::transcripts;

namespace {

// The problems of the only conversation in `text`.
std::vector<std::string> problems_of(const std::string& text) {
  const auto found = parse_conversations("protocol IMAP4\n== title\n" + text);
  REQUIRE(found);
  return play((*found).front());
}

size_t differences(const std::string& text) {
  return problems_of(text).size();
}

// A login, and one that has been asked for; then `text`.
std::string after_login(const std::string& text) {
  return "C: a LOGIN u1 pw1\n" + text;
}
std::string after_asking(const std::string& text) {
  return after_login(
      "<login user=\"u1\" secret=\"pw1\" mechanism=\"LOGIN\">\n" + text);
}

}  // namespace

TEST_CASE("what goes as written is no problem") {
  CHECK(differences("C: a NOOP\nS: a OK NOOP completed.\n") == 0);
  CHECK(differences(after_asking("<settle accepted>\nS: a OK Logged in.\n")) ==
        0);
}

TEST_CASE("a difference is told once for each way of playing") {
  const auto problems = problems_of("C: a NOOP\nS: a OK done\n");
  REQUIRE(problems.size() == 3);
  CHECK(problems[0] ==
        "4: title\n    played in one piece\n    expected\n"
        "      S: a OK done\n    got\n      S: a OK NOOP completed.\n");
  CHECK(problems_of("pieces lines\nC: a NOOP\nS: a OK done\n").size() == 1);
}

TEST_CASE("too much and too little are differences") {
  CHECK(differences("C: a NOOP\n") == 3);
  CHECK(differences("C: a NOOP\nS: a OK NOOP completed.\nS: more\n") == 3);
  CHECK(differences("C: a NOOP\nC: b NOOP\nS: a OK NOOP completed.\n") == 3);
  CHECK(differences("C: a NOOP\nS: a OK NOOP completed.\\\n") == 3);
  CHECK(differences("C: a LOGOUT\nS: * BYE Logging out.\n"
                    "S: a OK LOGOUT completed.\n") == 3);
}

TEST_CASE("marks are compared by what they say") {
  CHECK(differences(after_login("<login user=\"u1\" mechanism=\"LOGIN\">\n")) ==
        3);
  CHECK(differences(after_login("<starttls>\n")) == 3);
  CHECK(differences(after_asking("<rest \"x\">\n")) == 3);
  const std::string logout =
      "C: a LOGOUT\nS: * BYE Logging out.\nS: a OK LOGOUT completed.\n";
  CHECK(differences(logout + "<hangup>\n") == 0);
  CHECK(differences(logout + "<hangup reason=\"logout\">\n") == 0);
  CHECK(differences(logout + "<hangup reason=\"other\">\n") == 3);
}

TEST_CASE("a password said aloud is a difference") {
  const std::string greeting = "side back\nS: * OK [CAPABILITY IMAP4rev1] hi\n";
  CHECK(differences(greeting + "C*: L LOGIN \"u1\" \"pw1\"\n") == 0);
  CHECK(differences(greeting + "C: L LOGIN \"u1\" \"pw1\"\n") == 3);
}

TEST_CASE("options and marks that do not exist") {
  CHECK(problems_of("colour blue\nC: a NOOP\n").front() ==
        "3: no such option: colour\n");
  CHECK(problems_of("tls maybe\nC: a NOOP\n").front() ==
        "3: tls cannot be maybe\n");
  CHECK(differences("C: a NOOP\nS: a OK NOOP completed.\n<closed>\n") == 3);
  CHECK(differences(after_asking("<settle perhaps>\n")) == 3);
}
