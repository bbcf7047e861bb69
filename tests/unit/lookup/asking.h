// Waiting for what maps and chains answer, and a folder for their files.

#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "lookup/chain.h"
#include "lookup/map.h"
#include "proxy/net/loop.h"

namespace postern {

// Runs `loop` until the answer is there.
inline Map::Answer ask(Loop& loop, Map& map, std::string_view key) {
  std::optional<Map::Answer> got;
  map.find(loop, key, [&](Map::Answer answer) {
    REQUIRE(!got);
    got = std::move(answer);
  });
  while (!got)
    loop.run_once();
  return *got;
}

// The answer in words: "-" is not found, "! …" trouble.
inline std::string words(const Map::Answer& answer) {
  if (!answer) return "! " + answer.error().text;
  return *answer ? to_text(**answer) : "-";
}

inline std::string ask(Map& map, std::string_view key) {
  Loop loop;
  return words(ask(loop, map, key));
}

inline std::shared_ptr<Map> open_good(const MapOptions& options) {
  auto map = open_map(options);
  REQUIRE_MESSAGE(map, (map ? "" : map.error().text));
  return *map;
}

class TempDir {
 public:
  TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "maps.XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path(const std::string& name) const { return path_ / name; }
  // Returns its path.
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace postern
