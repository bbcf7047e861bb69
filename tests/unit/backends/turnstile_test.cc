#include "backends/health/turnstile.h"

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "proxy/net/loop.h"

using namespace postern;

namespace {

struct Gate {
  Loop loop;
  Ramp ramp;
  Turnstile turnstile{ramp};
  std::string called;

  std::unique_ptr<Turn> enter(char name, uint32_t at_once) {
    return turnstile.enter(loop, at_once, [this, name] { called += name; });
  }
};

}  // namespace

TEST_CASE("so many at once, the others in turn") {
  Gate gate;
  auto a = gate.enter('a', 2);
  auto b = gate.enter('b', 2);
  auto c = gate.enter('c', 2);
  auto d = gate.enter('d', 2);
  CHECK(a->has_come());
  CHECK(b->has_come());
  CHECK_FALSE(c->has_come());
  CHECK(gate.turnstile.waiting() == 2);
  b.reset();
  CHECK(c->has_come());
  CHECK_FALSE(d->has_come());
  gate.loop.run_once();
  CHECK(gate.called == "c");
  a.reset();
  c.reset();
  gate.loop.run_once();
  CHECK(gate.called == "cd");
  CHECK(gate.turnstile.waiting() == 0);
}

TEST_CASE("who gives up is stepped over and not called") {
  Gate gate;
  auto a = gate.enter('a', 1);
  auto b = gate.enter('b', 1);
  auto c = gate.enter('c', 1);
  b.reset();
  CHECK(gate.turnstile.waiting() == 1);
  a.reset();
  CHECK(c->has_come());
  c.reset();  // between its turn and its being called
  gate.loop.post([] {});
  gate.loop.run_once();
  CHECK(gate.called.empty());
  CHECK(gate.enter('d', 1)->has_come());
}

TEST_CASE("no limit, no queue") {
  Gate gate;
  std::vector<std::unique_ptr<Turn>> turns;
  for (int i = 0; i < 100; ++i) {
    turns.push_back(gate.enter('x', 0));
    CHECK(turns.back()->has_come());
  }
}

TEST_CASE("the queue has an end") {
  Gate gate;
  std::vector<std::unique_ptr<Turn>> turns;
  for (size_t i = 0; i < Turnstile::kMostWaiting + 1; ++i)
    turns.push_back(gate.enter('x', 1));
  CHECK(turns.back());
  CHECK_FALSE(gate.enter('y', 1));
}

TEST_CASE("while it climbs fewer are let through, but always one") {
  Gate gate;
  gate.ramp.start(gate.loop.now(), 1000000);
  auto a = gate.enter('a', 20);
  auto b = gate.enter('b', 20);
  auto c = gate.enter('c', 20);
  CHECK(a->has_come());
  CHECK(b->has_come());
  CHECK_FALSE(c->has_come());
  Gate narrow;
  narrow.ramp.start(narrow.loop.now(), 1000000);
  auto one = narrow.enter('a', 1);
  CHECK(one->has_come());
  // The climb has ended: whoever leaves lets all in that fit.
  gate.ramp.start(0, 0);
  a.reset();
  CHECK(c->has_come());
}

TEST_CASE("the ramp") {
  Ramp ramp;
  CHECK(ramp.thousandths(5) == 1000);
  ramp.start(10000, 1000);
  CHECK(ramp.thousandths(9990) == 100);
  CHECK(ramp.thousandths(10000) == 100);
  CHECK(ramp.thousandths(10500) == 550);
  CHECK(ramp.thousandths(11000) == 1000);
}

TEST_CASE("turns of several threads") {
  Ramp ramp;
  Turnstile turnstile(ramp);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> served = 0;
  const auto work = [&] {
    Loop loop;
    for (int i = 0; i < 300; ++i) {
      bool come = false;
      const auto turn = turnstile.enter(loop, 2, [&] { come = true; });
      while (!come && !turn->has_come())
        loop.run_once();
      const int now = ++inside;
      if (now > most) most = now;
      ++served;
      --inside;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(work);
  for (std::thread& thread : threads)
    thread.join();
  CHECK(served == 1200);
  CHECK(most <= 2);
}
