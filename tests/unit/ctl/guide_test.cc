#include "proxy/ctl/guide.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace postern;

namespace {

using Words = std::vector<std::string>;

bool offers(const Words& given, const std::string& word) {
  const Words found = completions(given);
  return std::ranges::find(found, word) != found.end();
}

}  // namespace

TEST_CASE("help is of all commands, or of those that begin like this") {
  const auto all = command_help({});
  REQUIRE(all);
  CHECK(all->find("  status\n") != std::string::npos);
  CHECK(all->find("  log level [LEVEL]\n") != std::string::npos);
  const Words log = {"log"};
  const auto some = command_help(log);
  REQUIRE(some);
  CHECK(some->starts_with("  log level [LEVEL]\n        "));
  CHECK(some->find("status") == std::string::npos);
  const Words nonsense = {"nonsense"};
  CHECK_FALSE(command_help(nonsense));
}

TEST_CASE("the shell is told what may come next") {
  CHECK(offers({""}, "status"));
  CHECK(offers({""}, "log"));
  CHECK(completions(Words{"log", ""}) == Words{"level"});
  CHECK(completions(Words{"log", "level", ""}) == Words{"LEVEL"});
  CHECK(offers({"who", ""}, "--service"));
  CHECK(completions(Words{"who", "--service", ""}) == Words{"SERVICE"});
  CHECK_FALSE(offers({"who", "--service", "imap", ""}, "--service"));
  CHECK(offers({"who", "alice", ""}, "--user"));
  CHECK(completions(Words{"status", ""}) == Words{});
  CHECK(completions(Words{"nonsense", ""}) == Words{});
  CHECK(completions({}) == Words{});
}
