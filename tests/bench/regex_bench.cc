// `map regex` with many rules: the first that matches, the last, none.

#include <cstdlib>
#include <string>

#include "lookup/maps.h"
#include "proxy/net/loop.h"
#include "tests/bench/micro.h"

using namespace postern;

namespace {

constexpr int kRules = 1000;

std::shared_ptr<Map> make_map() {
  std::string text;
  for (int i = 0; i < kRules; ++i)
    text += "^.*@domain" + std::to_string(i) + "\\.example$: host" +
            std::to_string(i) + "\n";
  auto map =
      read_regex_map(MapOptions{.type = "regex", .argument = "bench"}, text);
  if (!map) {
    std::fprintf(stderr, "regex_bench: %s\n", map.error().text.c_str());
    std::exit(1);
  }
  return *map;
}

}  // namespace

int main(int count, char** words) {
  const bench::Micro micro(count, words);
  const auto map = make_map();
  Loop loop;
  const auto ask = [&](const char* key) {
    map->find(loop, key, [](const Map::Answer&) {});
  };
  micro.measure("1,000 rules, the first matches", 2000,
                [&] { ask("alice@domain0.example"); });
  micro.measure("1,000 rules, the last matches", 200,
                [&] { ask("alice@domain999.example"); });
  micro.measure("1,000 rules, none matches", 200,
                [&] { ask("alice@elsewhere.example"); });
}
