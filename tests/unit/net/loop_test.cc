#include "proxy/net/loop.h"

#include <thread>

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
