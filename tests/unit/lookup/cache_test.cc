#include "lookup/cache.h"

#include "asking.h"
#include "fake_map.h"

using namespace postern;

namespace {

// A cache over a fake map, with a clock of its own.
struct Fixture {
  explicit Fixture(CacheOptions options = {.max_entries = 3,
                                           .positive_ms = 100,
                                           .negative_ms = 10,
                                           .stale_ms = 1000})
      : cache(std::make_shared<Cache>(map, options, [this] { return now; })) {}

  // "answer source", or "waiting".
  std::string ask(std::string_view key) {
    std::string got = "waiting";
    const auto source = [](Cache::Source s) {
      return s == Cache::Source::Map     ? " map"
             : s == Cache::Source::Fresh ? " fresh"
                                         : " stale";
    };
    cache->find(loop, key, [&](const Map::Answer& answer, Cache::Source s) {
      got = words(answer) + source(s);
    });
    return got;
  }

  Loop loop;
  uint64_t now = 1000000;
  std::shared_ptr<FakeMap> map = std::make_shared<FakeMap>();
  std::shared_ptr<Cache> cache;
};

}  // namespace

TEST_CASE("answers are remembered for their time") {
  Fixture f;
  f.map->answer(lives_at("mail1"));
  CHECK(f.ask("u1") == "mail1 map");
  f.map->answer(lives_at("mail2"));
  f.now += 99;
  CHECK(f.ask("u1") == "mail1 fresh");
  f.now += 1;
  CHECK(f.ask("u1") == "mail2 map");
  CHECK(f.map->asked() == std::vector<std::string>{"u1", "u1"});
}

TEST_CASE("no such user is remembered for a shorter time") {
  Fixture f;
  f.map->answer(nobody());
  CHECK(f.ask("u1") == "- map");
  f.map->answer(lives_at("mail1"));
  f.now += 9;
  CHECK(f.ask("u1") == "- fresh");
  f.now += 1;
  CHECK(f.ask("u1") == "mail1 map");
}

TEST_CASE("an old answer stands in while the map is in trouble") {
  Fixture f;
  f.map->answer(lives_at("mail1"));
  CHECK(f.ask("u1") == "mail1 map");
  f.map->answer(trouble());
  f.now += 100;
  CHECK(f.ask("u1") == "mail1 stale");
  CHECK(f.ask("unknown") == "! unwell map");
  f.now += 999;
  CHECK(f.ask("u1") == "mail1 stale");
  f.now += 1;
  CHECK(f.ask("u1") == "! unwell map");
}

TEST_CASE("while the map is in trouble nobody waits for it who need not") {
  Fixture f;
  f.map->answer(lives_at("mail1"));
  CHECK(f.ask("u1") == "mail1 map");
  f.map->answer(trouble());
  CHECK(f.ask("u2") == "! unwell map");
  f.map->answer(std::nullopt);
  f.now += 100;
  f.map->asked();
  CHECK(f.ask("u1") == "mail1 stale");
  CHECK(f.ask("u1") == "mail1 stale");
  CHECK(f.map->asked() == std::vector<std::string>{"u1"});
  // It is well again, so its answers count again.
  f.map->say(lives_at("mail2"));
  CHECK(f.ask("u1") == "mail2 fresh");
  f.map->answer(lives_at("mail3"));
  f.now += 100;
  CHECK(f.ask("u1") == "mail3 map");
}

TEST_CASE("an old 'no such user' does not stand in") {
  Fixture f;
  f.map->answer(nobody());
  CHECK(f.ask("u1") == "- map");
  f.map->answer(trouble());
  CHECK(f.ask("u1") == "- fresh");
  f.now += 10;
  CHECK(f.ask("u1") == "! unwell map");
}

TEST_CASE("a user who is gone stays gone in times of trouble") {
  Fixture f;
  f.map->answer(lives_at("mail1"));
  CHECK(f.ask("u1") == "mail1 map");
  f.now += 100;
  f.map->answer(nobody());
  CHECK(f.ask("u1") == "- map");
  f.now += 10;
  f.map->answer(trouble());
  CHECK(f.ask("u1") == "! unwell map");
}

TEST_CASE("a wrong entry is not a map in trouble") {
  Fixture f;
  f.map->answer(lives_at("mail1"));
  CHECK(f.ask("u1") == "mail1 map");
  f.now += 100;
  f.map->answer(Map::Answer(Error{Fault::Config, "bad row"}));
  CHECK(f.ask("u1") == "! bad row map");
  f.map->answer(lives_at("mail2"));
  CHECK(f.ask("u1") == "mail2 map");
}

TEST_CASE("without stale answers trouble is trouble") {
  Fixture f({.max_entries = 3, .positive_ms = 100, .stale_ms = 0});
  f.map->answer(lives_at("mail1"));
  CHECK(f.ask("u1") == "mail1 map");
  f.map->answer(trouble());
  f.now += 99;
  CHECK(f.ask("u1") == "mail1 fresh");
  f.now += 1;
  CHECK(f.ask("u1") == "! unwell map");
}

TEST_CASE("the entry used longest ago makes room") {
  Fixture f;
  f.map->answer(lives_at("mail1"));
  for (const char* key : {"u1", "u2", "u3"})
    CHECK(f.ask(key) == "mail1 map");
  CHECK(f.ask("u1") == "mail1 fresh");
  CHECK(f.ask("u4") == "mail1 map");
  CHECK(f.cache->size() == 3);
  for (const char* key : {"u1", "u3", "u4"})
    CHECK(f.ask(key) == "mail1 fresh");
  CHECK(f.ask("u2") == "mail1 map");
  CHECK(f.ask("u1") == "mail1 map");
}

TEST_CASE("sessions that ask the same together are answered together") {
  Fixture f;
  std::vector<std::string> got;
  for (int i = 0; i < 3; ++i)
    f.cache->find(f.loop, "u1", [&](const Map::Answer& answer, Cache::Source) {
      got.push_back(words(answer));
    });
  CHECK(f.map->asked() == std::vector<std::string>{"u1"});
  f.map->say(lives_at("mail1"));
  CHECK(got == std::vector<std::string>{"mail1", "mail1", "mail1"});
  // Trouble is shared too, and not remembered.
  got.clear();
  for (int i = 0; i < 2; ++i)
    f.cache->find(f.loop, "u2", [&](const Map::Answer& answer, Cache::Source) {
      got.push_back(words(answer));
    });
  f.map->say(trouble());
  CHECK(got == std::vector<std::string>{"! unwell", "! unwell"});
  f.map->answer(nobody());
  CHECK(f.ask("u2") == "- map");
}

TEST_CASE("an answer that comes late still finds its cache") {
  Fixture f;
  std::string got;
  f.cache->find(f.loop, "u1", [&](const Map::Answer& answer, Cache::Source) {
    got = words(answer);
  });
  f.cache.reset();
  f.map->say(lives_at("mail1"));
  CHECK(got == "mail1");
}
