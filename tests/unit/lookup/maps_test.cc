// The table of types, and the maps that are only a few lines.

#include "lookup/maps.h"

#include "asking.h"

using namespace postern;

TEST_CASE("an unknown type is named with the known ones") {
  const auto map = open_map({.type = "ldap\n"});
  CHECK(map.error().fault == Fault::Config);
  CHECK(map.error().text ==
        "\"ldap\\x0a\" is no type of map; there are "
        "fail, regex, sqlite, static, text");
}

TEST_CASE("static: one place for everybody") {
  const auto map = open_good({.type = "static", .argument = "pool main"});
  CHECK(ask(*map, "u1") == "pool main");
  CHECK(map->name() == "static pool main");
  CHECK_FALSE(map->slow());
  CHECK(open_map({.type = "static", .argument = "h:0"}).error().text ==
        "static: \"h:0\" is not [user@]host[:port] or pool NAME");
}

TEST_CASE("fail: always in trouble") {
  Loop loop;
  const auto map = open_good({.type = "fail", .argument = "on\tpurpose"});
  const auto answer = ask(loop, *map, "u1");
  CHECK(answer.error().fault == Fault::TryLater);
  CHECK(answer.error().text == "on\\x09purpose");
  CHECK(ask(*open_good({.type = "fail"}), "u1") == "! always in trouble");
}

TEST_CASE("keys nobody has are not looked at (T10.1)") {
  const auto map = open_good({.type = "static", .argument = "mail"});
  CHECK(ask(*map, "") == "-");
  CHECK(ask(*map, std::string(kMaxKey, 'x')) == "mail");
  CHECK(ask(*map, std::string(kMaxKey + 1, 'x')) == "-");
  CHECK(ask(*map, std::string(1 << 20, 'x')) == "-");
}
