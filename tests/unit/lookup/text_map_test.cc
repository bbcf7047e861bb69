#include "asking.h"
#include "lookup/maps.h"

using namespace postern;

namespace {

MapResult read(std::string_view text) {
  return read_text_map({.type = "text", .argument = "users"}, text);
}

}  // namespace

TEST_CASE("a text map is users and where they live") {
  const auto map = *read(
      "# our users\n"
      "u1: mail1.example\n"
      "\n"
      "  u2@dom.example:   u2@[::1]:143   # moved in May\n"
      "u3:pool main\n"
      "\"odd # user:\": mail2\n"
      "a:b: mail3\n"
      "v6:[2001:db8::1]:993");
  CHECK(ask(*map, "u1") == "mail1.example");
  CHECK(ask(*map, "u2@dom.example") == "u2@[::1]:143");
  CHECK(ask(*map, "u3") == "pool main");
  CHECK(ask(*map, "odd # user:") == "mail2");
  CHECK(ask(*map, "odd # user") == "-");
  CHECK(ask(*map, "a:b") == "mail3");
  CHECK(ask(*map, "v6") == "[2001:db8::1]:993");
  CHECK(map->name() == "text users");
  CHECK_FALSE(map->slow());
}

TEST_CASE("text keys match exactly") {
  const auto map = *read("u1: mail\n");
  for (const char* other : {"U1", "u1 ", "u", "u11", "u1@dom"})
    CHECK(ask(*map, other) == "-");
  CHECK(ask(*map, std::string_view("u1\0", 3)) == "-");
}

TEST_CASE("of two lines for a user the first stands, and that is said") {
  const auto map = *read("u1: mail1\nu2: mail\nu1: mail2\n");
  CHECK(ask(*map, "u1") == "mail1");
  CHECK(map->warnings() ==
        std::vector<std::string>{
            "users:3: \"u1\" is on line 1 already, which stands"});
}

TEST_CASE("every bad line of a text map is told") {
  const Error error =
      read("u1 mail\nu2: mail\n: mail\nu3:\nu4: a b\nu5: 'x\nu6: h:0\n")
          .error();
  CHECK(error.fault == Fault::Config);
  CHECK(error.text ==
        "users:6: the quote ' is not closed\n"
        "users:1: expected \"user: value\"\n"
        "users:3: expected \"user: value\"\n"
        "users:4: \"\" is not [user@]host[:port] or pool NAME\n"
        "users:5: \"a b\" is not [user@]host[:port] or pool NAME\n"
        "users:7: \"h:0\" is not [user@]host[:port] or pool NAME");
}

TEST_CASE("a file of something else does not fill the screen") {
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += "garbage\n";
  const std::string problems = read(text).error().text;
  CHECK(
      problems.ends_with("users:50: expected \"user: value\"\n"
                         "... and 10 more problems of this kind"));
}

TEST_CASE("text maps come from files") {
  const TempDir dir;
  const std::string path = dir.write("users", "u1: mail\n");
  const auto map = open_good({.type = "text", .argument = path});
  CHECK(ask(*map, "u1") == "mail");
  CHECK(open_map({.type = "text", .argument = dir.path("none")}).error().text ==
        "text: " + dir.path("none") + ": No such file or directory");
}
