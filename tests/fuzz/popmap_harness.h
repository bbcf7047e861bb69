// A file of a map and, behind a NUL, a key to ask for.

#pragma once

#include <string_view>

#include "lookup/maps.h"
#include "proxy/base/ascii.h"
#include "proxy/net/loop.h"
#include "tests/fuzz/require.h"

namespace postern::fuzz {

using ReadMap = MapResult (*)(const MapOptions&, std::string_view);

inline void check_answer(const Map::Answer& answer) {
  if (!answer)
    require(!has_control(answer.error().text), "errors can be logged");
  else if (*answer)
    require(parse_route(to_text(**answer)).operator bool(),
            "an answer is a route");
}

inline int try_popmap(ReadMap read, std::string_view input) {
  static Loop loop;
  const size_t end = input.find('\0');
  const std::string_view text = input.substr(0, end);
  const std::string_view key =
      end == std::string_view::npos ? "user@dom" : input.substr(end + 1);
  const auto map = read({.type = "", .argument = "popmap"}, text);
  if (!map) {
    require(map.error().fault == Fault::Config, "files are configuration");
    require(map.error().text.starts_with("popmap:"), "errors say the line");
    return 0;
  }
  int answers = 0;
  (*map)->find(loop, key, [&](const Map::Answer& answer) {
    check_answer(answer);
    ++answers;
  });
  require(answers == 1, "a map in memory answers once and at once");
  return 0;
}

}  // namespace postern::fuzz
