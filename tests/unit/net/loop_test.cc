#include "proxy/net/loop.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include <doctest/doctest.h>

#include "proxy/net/timer.h"

using namespace postern;

TEST_CASE("posted tasks run in order, from any thread") {
  Loop loop;
  std::vector<int> seen;
  std::thread poster([&] {
    for (int i = 0; i < 100; ++i)
      loop.post([&seen, i] { seen.push_back(i); });
    loop.stop();
  });
  loop.run();
  poster.join();
  REQUIRE(seen.size() == 100);
  for (int i = 0; i < 100; ++i)
    CHECK(seen[static_cast<size_t>(i)] == i);
}

TEST_CASE("tasks left over are destroyed, not run") {
  auto witness = std::make_shared<int>(0);
  {
    Loop loop;
    loop.post([witness] { ++*witness; });
  }
  CHECK(*witness == 0);
  CHECK(witness.use_count() == 1);
}

TEST_CASE("the dead are buried between turns, and may bury others") {
  struct Corpse : Mortal {
    Loop* loop;
    int* deaths;
    std::unique_ptr<Mortal> other;
    Corpse(Loop* l, int* d) : loop(l), deaths(d) {}
    ~Corpse() override {
      ++*deaths;
      if (other) loop->bury(std::move(other));
    }
  };
  Loop loop;
  int deaths = 0;
  auto first = std::make_unique<Corpse>(&loop, &deaths);
  first->other = std::make_unique<Corpse>(&loop, &deaths);
  bool alive_in_task = false;
  loop.post([&] {
    loop.bury(std::move(first));
    alive_in_task = deaths == 0;
  });
  loop.run_once();
  CHECK(alive_in_task);
  CHECK(deaths == 2);
}

TEST_CASE("a timer may be restarted or destroyed by its own callback") {
  Loop loop;
  int rings = 0;
  auto timer = std::make_unique<Timer>(loop);
  timer->start(1, [&] {
    ++rings;
    timer->start(1, [&] {
      ++rings;
      timer.reset();
      loop.stop();
    });
  });
  loop.run();
  CHECK(rings == 2);
}

TEST_CASE("a stopped timer does not ring") {
  Loop loop;
  Timer silent(loop);
  silent.start(1, [] { FAIL("it rang"); });
  silent.stop();
  CHECK_FALSE(silent.running());
  Timer later(loop);
  later.start(20, [&] { loop.stop(); });
  loop.run();
}

TEST_CASE("alarms for one time ring in the order they were set") {
  Loop loop;
  std::string rung;
  Timer first(loop);
  Timer second(loop);
  Timer third(loop);
  Timer last(loop);
  second.start(1, [&] { rung += '2'; });
  first.start(0, [&] { rung += '1'; });
  third.start(1, [&] { rung += '3'; });
  last.start(5, [&] { loop.stop(); });
  loop.run();
  CHECK(rung == "123");
}

TEST_CASE("an alarm set to ring at once does not starve the loop") {
  Loop loop;
  Timer again(loop);
  int rings = 0;
  std::function<void()> ring = [&] {
    ++rings;
    again.start(0, ring);
  };
  ring();
  loop.run_once();
  loop.run_once();
  CHECK(rings > 1);
  CHECK(rings <= 5);
}

TEST_CASE("many alarms, set, moved and stopped at random, ring when due") {
  Loop loop;
  std::mt19937 random(1);
  constexpr size_t kCount = 200;
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<uint64_t> due(kCount, 0);  // 0: not set
  uint64_t latest = 0;
  for (size_t i = 0; i < kCount; ++i)
    timers.push_back(std::make_unique<Timer>(loop));
  for (int step = 0; step < 2000; ++step) {
    const size_t i = random() % kCount;
    if (random() % 4 == 0) {
      timers[i]->stop();
      due[i] = 0;
      continue;
    }
    const uint64_t wait = random() % 20 + 1;
    due[i] = loop.now() + wait;
    timers[i]->start(wait, [&, i] {
      CHECK(due[i] != 0);
      CHECK(due[i] >= latest);
      CHECK(due[i] <= loop.now());
      latest = std::exchange(due[i], 0U);
    });
  }
  Timer end(loop);
  end.start(40, [&] { loop.stop(); });
  loop.run();
  CHECK(std::count(due.begin(), due.end(), 0U) == kCount);
}

TEST_CASE("one turn ends, though nothing may be to come") {
  Loop loop;
  loop.run_once();
  Timer timer(loop);
  bool rung = false;
  timer.start(0, [&] { rung = true; });  // due before the turn waits
  while (!rung)
    loop.run_once();
  loop.run_once();
}
