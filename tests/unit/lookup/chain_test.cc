#include "lookup/chain.h"

#include "asking.h"
#include "writer.h"

using namespace postern;

namespace {

struct Found {
  Map::Answer answer;
  Chain::Trace trace;
};

Found find(Chain& chain, const std::string& user, bool traced = true) {
  Loop loop;
  std::optional<Found> found;
  chain.find(loop,
             {user, *Address::parse("192.0.2.7", 1), *Address::parse("::1", 2)},
             traced, [&](Map::Answer answer, Chain::Trace trace) {
               REQUIRE(!found);
               found = Found{std::move(answer), std::move(trace)};
             });
  while (!found)
    loop.run_once();
  return *found;
}

std::string ask(Chain& chain, const std::string& user) {
  return words(find(chain, user).answer);
}

// "map|key|answer[|cached][|stale]" of every step.
std::vector<std::string> steps(const Found& found) {
  std::vector<std::string> lines;
  for (const ChainStep& step : found.trace)
    lines.push_back(step.map + "|" + step.key + "|" + step.answer +
                    (step.from_cache ? "|cached" : "") +
                    (step.stale ? "|stale" : ""));
  return lines;
}

std::shared_ptr<Chain> open_chain(const ChainOptions& options) {
  auto chain = Chain::open(options);
  REQUIRE_MESSAGE(chain, (chain ? "" : chain.error().text));
  return *chain;
}

MapOptions map(std::string type, std::string argument) {
  return {.type = std::move(type), .argument = std::move(argument)};
}

constexpr char kUsers[] =
    "CREATE TABLE tblPerdition (user, servername, port);"
    "INSERT INTO tblPerdition VALUES ('u2', 'mail2', 143)";

}  // namespace

TEST_CASE("maps are asked in their order until one knows") {
  const TempDir dir;
  const auto chain = open_chain(
      {.maps = {map("text", dir.write("a", "u1: mail1\n")),
                map("text", dir.write("b", "u1: other\nu2: mail2\n"))}});
  CHECK(ask(*chain, "u1") == "mail1");
  CHECK(ask(*chain, "u2") == "mail2");
  CHECK(ask(*chain, "u3") == "-");
  CHECK(steps(find(*chain, "u2")) ==
        std::vector<std::string>{"text " + dir.path("a") + "|u2|not found",
                                 "text " + dir.path("b") + "|u2|mail2"});
  CHECK(find(*chain, "u2", false).trace.empty());
}

TEST_CASE("every key is asked of a map before the next map") {
  const TempDir dir;
  const auto chain = open_chain(
      {.maps = {map("text", dir.write("a", "@dom: mail1\n")),
                map("text", dir.write("b", "u1@dom: mail2\nu2: mail3\n"))},
       .key_formats = {"\\U", "\\D\\d", "\\u"}});
  CHECK(ask(*chain, "u1@dom") == "mail1");
  CHECK(ask(*chain, "u2@x") == "mail3");
  CHECK(steps(find(*chain, "u2@x")).size() == 6);
  CHECK(find(*chain, "u2@x").trace[4].key == "@x");
}

TEST_CASE("trouble stops the chain and names the map") {
  const auto chain = open_chain(
      {.maps = {map("fail", "on purpose"), map("static", "default")}});
  const Found found = find(*chain, "u1");
  CHECK(found.answer.error().fault == Fault::TryLater);
  CHECK(found.answer.error().text == "fail: on purpose");
  CHECK(steps(found) == std::vector<std::string>{"fail|u1|error: on purpose"});
}

TEST_CASE("a wrong entry is trouble too") {
  const TempDir dir;
  const std::string path = dir.write("re", "^(.*) $1\n");
  const auto chain =
      open_chain({.maps = {map("regex", path), map("static", "default")}});
  const Found found = find(*chain, "a b");
  CHECK(found.answer.error().fault == Fault::TryLater);
  CHECK(found.answer.error().text.starts_with("regex " + path + ": line 1: "));
}

TEST_CASE("a chain of no maps knows nobody") {
  CHECK(ask(*open_chain({}), "u1") == "-");
}

TEST_CASE("a chain is opened with all its problems told") {
  const auto chain = Chain::open(
      {.maps = {map("static", "h:0"), map("static", "good"), map("ldap", "x")},
       .key_formats = {"\\U", "\\x"}});
  CHECK(chain.error().fault == Fault::Config);
  CHECK(chain.error().text ==
        "\\x is none of \\U \\u \\d \\D \\i \\p \\I \\P \\\\\n"
        "static: \"h:0\" is not [user@]host[:port] or pool NAME\n"
        "\"ldap\" is no type of map; there are "
        "fail, regex, sqlite, static, text");
  CHECK_FALSE(Chain::open({.maps = {}, .key_formats = {}}));
}

TEST_CASE("slow maps are cached, quick ones always asked") {
  const TempDir dir;
  const std::string path = dir.path("users.db");
  Writer(path).run(kUsers);
  const auto chain =
      open_chain({.maps = {map("text", dir.write("a", "u1: mail1\n")),
                           map("sqlite", path)}});
  const std::string text = "text " + dir.path("a");
  const std::string sqlite = "sqlite " + path;
  CHECK(steps(find(*chain, "u2")) ==
        std::vector<std::string>{text + "|u2|not found",
                                 sqlite + "|u2|mail2:143"});
  CHECK(steps(find(*chain, "u2")) ==
        std::vector<std::string>{text + "|u2|not found",
                                 sqlite + "|u2|mail2:143|cached"});
  CHECK(steps(find(*chain, "u3")).back() == sqlite + "|u3|not found");
  CHECK(steps(find(*chain, "u3")).back() == sqlite + "|u3|not found|cached");
}

TEST_CASE("a lost database: known users go on, others are told to wait") {
  const TempDir dir;
  const std::string path = dir.path("users.db");
  Writer(path).run(kUsers);
  const auto chain = open_chain(
      {.maps = {map("sqlite", path), map("static", "default")},
       .cache = {.positive_ms = 0, .negative_ms = 0, .stale_ms = 3600000}});
  CHECK(ask(*chain, "u2") == "mail2:143");
  CHECK(ask(*chain, "u3") == "default");
  std::filesystem::remove(path);
  const Found found = find(*chain, "u2");
  CHECK(words(found.answer) == "mail2:143");
  CHECK(steps(found) == std::vector<std::string>{"sqlite " + path +
                                                 "|u2|mail2:143|cached|stale"});
  CHECK(ask(*chain, "u3") ==
        "! sqlite " + path + ": No such file or directory");
}

TEST_CASE("a locked database: what is fresh is answered, the rest is trouble") {
  const TempDir dir;
  const std::string path = dir.path("users.db");
  Writer(path).run(kUsers);
  MapOptions sqlite = map("sqlite", path);
  sqlite.timeout_ms = 200;
  const auto chain = open_chain({.maps = {sqlite, map("static", "default")}});
  CHECK(ask(*chain, "u2") == "mail2:143");
  Writer writer(path);
  writer.run("BEGIN EXCLUSIVE");
  CHECK(ask(*chain, "u3").starts_with("! sqlite " + path + ": "));
  CHECK(ask(*chain, "u2") == "mail2:143");
  writer.run("COMMIT");
  CHECK(ask(*chain, "u3") == "default");
}

TEST_CASE("the cache can be switched off") {
  const TempDir dir;
  const std::string path = dir.path("users.db");
  Writer(path).run(kUsers);
  const auto chain =
      open_chain({.maps = {map("sqlite", path)}, .cache = {.max_entries = 0}});
  CHECK(ask(*chain, "u2") == "mail2:143");
  Writer(path).run("UPDATE tblPerdition SET servername = 'mail3'");
  CHECK(ask(*chain, "u2") == "mail3:143");
}

TEST_CASE("a chain passes on what its maps found odd") {
  const TempDir dir;
  const std::string path = dir.write("a", "u1: a\nu1: b\n");
  CHECK(open_chain({.maps = {map("text", path)}})->warnings() ==
        std::vector<std::string>{
            path + ":2: \"u1\" is on line 1 already, which stands"});
}

TEST_CASE("a survey asks every map with every key") {
  const TempDir dir;
  const auto chain =
      open_chain({.maps = {map("text", dir.write("a", "u1@dom: mail1\n")),
                           map("fail", "out of order"),
                           map("text", dir.write("b", "u1: mail2\n"))},
                  .key_formats = {"\\U", "\\u"}});
  Loop loop;
  Found found{std::optional<Route>(), {}};
  bool answered = false;
  chain->survey(loop, {"u1@dom", {}, {}}, [&](Chain::Trace trace) {
    found.trace = std::move(trace);
    answered = true;
  });
  while (!answered)
    loop.run_once();
  const auto lines = steps(found);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0] == "text " + dir.path("a") + "|u1@dom|mail1");
  CHECK(lines[1] == "text " + dir.path("a") + "|u1|not found");
  CHECK(lines[2].find("|u1@dom|error: ") != std::string::npos);
  CHECK(lines[4] == "text " + dir.path("b") + "|u1@dom|not found");
  CHECK(lines[5] == "text " + dir.path("b") + "|u1|mail2");
}
