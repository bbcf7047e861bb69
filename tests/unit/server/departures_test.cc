#include "proxy/server/departures.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "proxy/net/loop.h"

using namespace postern;

namespace {

struct Bench {
  void turns_until(size_t count) {
    while (left.size() < count)
      loop.run_once();
  }

  Loop loop;
  std::vector<uint64_t> left;
  Departures departures{loop, [this](uint64_t session, const std::string&) {
                          left.push_back(session);
                        }};
};

}  // namespace

TEST_CASE("sessions leave in the order of their times") {
  Bench bench;
  bench.departures.add(30, 3, "spread");
  bench.departures.add(1, 1, "spread");
  bench.departures.add(15, 2, "spread");
  const uint64_t begun = bench.loop.now();
  bench.turns_until(3);
  CHECK(bench.left == std::vector<uint64_t>{1, 2, 3});
  CHECK(bench.loop.now() - begun >= 29);
}

TEST_CASE("a crowd of them does not leave in one turn") {
  Bench bench;
  for (uint64_t session = 0; session < 1000; ++session)
    bench.departures.add(0, session, "all at once");
  CHECK(bench.left.empty());  // nor inside add()
  size_t most = 0;
  while (bench.left.size() < 1000) {
    const size_t before = bench.left.size();
    bench.loop.run_once();
    most = std::max(most, bench.left.size() - before);
  }
  CHECK(most < 1000);
  CHECK(bench.left.back() == 999);
}

TEST_CASE("who is told first may add others, and all may be called back") {
  Loop loop;
  std::vector<uint64_t> left;
  Departures* all = nullptr;
  Departures departures(loop, [&](uint64_t session, const std::string& why) {
    left.push_back(session);
    CHECK(why == "drain");
    if (session == 1) all->add(0, 2, why);
    if (session == 2) all->clear();
  });
  all = &departures;
  departures.add(0, 1, "drain");
  departures.add(1000000, 3, "drain");
  while (left.size() < 2)
    loop.run_once();
  CHECK(left == std::vector<uint64_t>{1, 2});
  departures.add(0, 4, "drain");  // works on
  while (left.size() < 3)
    loop.run_once();
  CHECK(left.back() == 4);
}
