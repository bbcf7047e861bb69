#include "proxy/admin/manual.h"

#include <set>

#include <doctest/doctest.h>

using namespace postern;

namespace {

using Words = std::vector<std::string>;

std::string complaint(const Words& words) {
  const auto asked = understand(words);
  REQUIRE_FALSE(asked);
  return asked.error().text;
}

}  // namespace

TEST_CASE("a request is found in the table") {
  const Words words = {"who", "--service", "imap4s", "alice", "--user=bob"};
  const auto asked = understand(words);
  REQUIRE(asked);
  CHECK(asked->command->name == "who");
  CHECK(asked->word(0) == "alice");
  CHECK(asked->word(1).empty());
  CHECK(asked->option("--service") == "imap4s");
  CHECK(asked->option("--user") == "bob");
  CHECK(asked->option("--address").empty());
}

TEST_CASE("the longest name of a command counts") {
  const Words words = {"log", "level", "debug"};
  const auto asked = understand(words);
  REQUIRE(asked);
  CHECK(asked->command->name == "log level");
  CHECK(asked->words == Words{"debug"});
}

TEST_CASE("behind -- there are no options") {
  const Words words = {"who", "--", "--user"};
  const auto asked = understand(words);
  REQUIRE(asked);
  CHECK(asked->words == Words{"--user"});
}

TEST_CASE("what does not fit is told") {
  CHECK(complaint({}) == "there is no command");
  CHECK(complaint({"nonsense"}) == "there is no command \"nonsense\"");
  CHECK(complaint({"log"}) == "there is no command \"log\"");
  CHECK(complaint({"log", "x"}) == "there is no command \"log x\"");
  CHECK(complaint({"reload", "now"}) ==
        "\"now\" is too much, expected: reload");
  CHECK(complaint({"status", "--all", "x"}) ==
        "there is no option --all, expected: status");
  CHECK(complaint({"who", "--user"}).starts_with("--user needs a value"));
  CHECK(complaint({"who", "--user", "a", "--user=b"})
            .starts_with("--user is given twice"));
}

TEST_CASE("arguments are read from the words people read") {
  const CommandManual manual = {"x", "A [B] --need C [--may D]", ""};
  const auto all = arguments_of(manual);
  REQUIRE(all.size() == 4);
  CHECK(all[0].value == "A");
  CHECK(all[0].needed);
  CHECK(all[1].value == "B");
  CHECK_FALSE(all[1].needed);
  CHECK(all[2].option == "--need");
  CHECK(all[2].value == "C");
  CHECK(all[2].needed);
  CHECK(all[3].option == "--may");
  CHECK_FALSE(all[3].needed);
  CHECK(usage_of(manual) == "x A [B] --need C [--may D]");
}

TEST_CASE("the table is in order") {
  std::set<std::string_view> names;
  for (const CommandManual& manual : command_manuals()) {
    CAPTURE(manual.name);
    CHECK(names.insert(manual.name).second);
    CHECK(manual.help.ends_with('.'));
    bool optional = false;  // words by their place: none needed behind these
    for (const Argument& each : arguments_of(manual)) {
      if (!each.option.empty()) continue;
      CHECK_FALSE((optional && each.needed));
      optional = !each.needed;
    }
  }
}
