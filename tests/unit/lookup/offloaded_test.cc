#include "lookup/offloaded.h"

#include <array>
#include <atomic>
#include <semaphore>

#include "asking.h"

using namespace postern;

namespace {

// Answers with the key as host, once the gate lets it.
struct Gate {
  std::counting_semaphore<> entered{0};
  std::counting_semaphore<> open{0};
  std::atomic<int> answered = 0;
};

class GatedLookup final : public BlockingLookup {
 public:
  explicit GatedLookup(Gate& gate) : gate_(gate) {}

  Map::Answer find(std::string_view key, Deadline deadline) override {
    gate_.entered.release();
    while (!gate_.open.try_acquire_for(std::chrono::milliseconds(1)))
      if (Deadline::clock::now() >= deadline)
        return Error{Fault::TryLater, "out of time"};
    ++gate_.answered;
    return std::optional(Route{"", {std::string(key), 0}, ""});
  }

 private:
  Gate& gate_;
};

// Hangs whatever the deadline.
class StuckLookup final : public BlockingLookup {
 public:
  explicit StuckLookup(Gate& gate) : gate_(gate) {}

  Map::Answer find(std::string_view, Deadline) override {
    gate_.entered.release();
    gate_.open.acquire();
    ++gate_.answered;
    return std::optional<Route>();
  }

 private:
  Gate& gate_;
};

template <class Lookup>
std::shared_ptr<Map> start(Gate& gate, const OffloadOptions& options) {
  return *Offloaded::start(options,
                           [&] { return std::make_unique<Lookup>(gate); });
}

}  // namespace

TEST_CASE("questions are answered on the asker's loop") {
  Gate gate;
  const auto map = start<GatedLookup>(gate, {.name = "gated"});
  CHECK(map->name() == "gated");
  CHECK(map->slow());
  Loop loop;
  const auto here = std::this_thread::get_id();
  int answers = 0;
  for (const char* key : {"a", "b", "c"})
    map->find(loop, key, [&, key](const Map::Answer& answer) {
      CHECK(std::this_thread::get_id() == here);
      CHECK(words(answer) == key);
      ++answers;
    });
  CHECK(answers == 0);
  gate.open.release(3);
  while (answers < 3)
    loop.run_once();
}

TEST_CASE("a full queue is trouble at once") {
  Gate gate;
  const auto map =
      start<GatedLookup>(gate, {.name = "gated", .threads = 1, .queue = 1});
  Loop loop;
  int answers = 0;
  const auto count = [&](const Map::Answer& answer) {
    answers += answer ? 1 : 0;
  };
  map->find(loop, "a", count);
  gate.entered.acquire();  // the thread has taken it
  map->find(loop, "b", count);
  CHECK(ask(*map, "c") == "! too many questions are waiting");
  gate.open.release(2);
  while (answers < 2)
    loop.run_once();
  CHECK(ask(*map, "").starts_with("-"));
}

TEST_CASE("the answer comes in time even if the lookup hangs") {
  Gate gate;
  auto map = start<StuckLookup>(
      gate, {.name = "stuck", .timeout_ms = 50, .threads = 1});
  CHECK(ask(*map, "a") == "! no answer within 50 ms");
  // One that waited behind it until it was too late is not looked up at all.
  CHECK(ask(*map, "b") == "! no answer within 50 ms");
  gate.open.release(2);
  map.reset();
  CHECK(gate.answered <= 1);
}

TEST_CASE("a lookup that runs out of time says why") {
  Gate gate;
  const auto map = start<GatedLookup>(
      gate, {.name = "gated", .timeout_ms = 1000, .threads = 1});
  CHECK(ask(*map, "a") == "! out of time");
}

TEST_CASE("a question keeps its map alive") {
  Gate gate;
  auto map = start<GatedLookup>(
      gate, {.name = "gated", .timeout_ms = 3600000, .threads = 1});
  const std::weak_ptr<Map> watched = map;
  bool answered = false;
  Loop loop;
  map->find(loop, "a", [&](const Map::Answer& answer) {
    answered = static_cast<bool>(answer);
  });
  gate.entered.acquire();
  map.reset();
  CHECK_FALSE(watched.expired());
  gate.open.release();
  while (!answered)
    loop.run_once();
  CHECK(watched.expired());
}

TEST_CASE("a loop that ends first still gets its answer") {
  Gate gate;
  auto map = start<StuckLookup>(
      gate, {.name = "stuck", .timeout_ms = 50, .threads = 1});
  std::string got;
  {
    Loop loop;
    map->find(loop, "a",
              [&](const Map::Answer& answer) { got = words(answer); });
    gate.entered.acquire();
  }
  CHECK(got == "! no answer within 50 ms");
  gate.open.release();  // and its answer now has no loop to go to
  map.reset();
  CHECK(gate.answered == 1);
}

TEST_CASE("many loops ask at once") {
  Gate gate;
  gate.open.release(4000);
  const auto map = start<GatedLookup>(gate, {.name = "gated"});
  std::atomic<int> good = 0;
  // All alive at once: a descriptor closed by one loop and opened by another
  // looks like a race to ThreadSanitizer, which does not see libuv close it.
  std::array<Loop, 4> loops;
  std::vector<std::thread> threads(loops.size());
  for (size_t t = 0; t < loops.size(); ++t)
    threads[t] = std::thread([&, t] {
      for (int i = 0; i < 200; ++i)
        good +=
            words(ask(loops[t], *map, std::to_string(i))) == std::to_string(i);
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(good == 800);
}
