#include "proxy/net/fast_lane.h"

#include <functional>
#include <unistd.h>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/net/line.h"

using namespace postern;

namespace {

// One at work and a turn that is busy with somebody else: `meanwhile` runs in
// the first of two long steps of the same turn.
struct BusyTurn {
  Loop loop;
  Line working{loop};
  Line first{loop};
  Line second{loop};
  std::string seen_by_second;

  BusyTurn() {
    working.stream->enter_fast_lane();
    first.stream->expect_long_steps(true);
    second.stream->expect_long_steps(true);
  }
  void run(const std::function<void()>& meanwhile) {
    Line* pending[] = {&first, &second};
    bool early = true;
    seen_by_second.clear();
    for (Line* each : pending) {
      each->then = [&] {
        if (std::exchange(early, false)) return meanwhile();
        seen_by_second = working.read;
      };
      each->say("x");
    }
    loop.run_once();
    first.then = second.then = nullptr;
    CHECK(first.read.ends_with("x"));
    CHECK(second.read.ends_with("x"));
  }
};

}  // namespace

TEST_CASE("who is at work is read between two long steps of one turn") {
  BusyTurn turn;
  turn.run([&] { turn.working.say("NOOP"); });
  CHECK(turn.seen_by_second == "NOOP");
}

TEST_CASE("who is not in the fast lane waits for the next turn") {
  BusyTurn turn;
  Line other(turn.loop);
  turn.run([&] { other.say("NOOP"); });
  CHECK(other.read.empty());
  while (other.read.empty())
    turn.loop.run_once();
}

TEST_CASE("the fast lane keeps to pauses") {
  BusyTurn turn;
  turn.working.stream->pause();
  turn.run([&] { turn.working.say("later"); });
  CHECK(turn.seen_by_second.empty());
  turn.working.stream->resume();
  while (turn.working.read.empty())
    turn.loop.run_once();
  CHECK(turn.working.read == "later");
}

TEST_CASE("what the fast lane reads is followed by the rest, in order") {
  BusyTurn turn;
  std::string all;
  for (int i = 0; i < 5000; ++i)
    all += "line " + std::to_string(i) + "\r\n";
  turn.run([&] { turn.working.say(all); });
  CHECK(!turn.seen_by_second.empty());
  CHECK(turn.seen_by_second.size() < all.size());
  while (turn.working.read.size() < all.size())
    turn.loop.run_once();
  CHECK(turn.working.read == all);
}

TEST_CASE("large transfers do not go first") {
  BusyTurn turn;
  turn.working.say(std::string(16384, 'x'));
  while (turn.working.read.empty())
    turn.loop.run_once();
  turn.working.read.clear();
  turn.run([&] { turn.working.say("more"); });
  CHECK(turn.seen_by_second.empty());
  while (turn.working.read.empty())
    turn.loop.run_once();
  CHECK(turn.working.read == "more");
}

TEST_CASE("an end that the fast lane finds is told once") {
  BusyTurn turn;
  turn.run([&] { turn.working.hang_up(); });
  while (turn.working.ends == 0)
    turn.loop.run_once();
  turn.loop.run_once();
  CHECK(turn.working.ends == 1);
  CHECK(turn.working.broke.empty());
}

TEST_CASE("many short steps are as much as a long one") {
  Loop loop;
  Line working(loop);
  working.stream->enter_fast_lane();
  std::vector<std::unique_ptr<Line>> crowd;
  bool told = false;
  size_t before = 0;
  for (int i = 0; i < 60; ++i) {
    crowd.push_back(std::make_unique<Line>(loop));
    crowd.back()->then = [&] {
      if (!std::exchange(told, true)) working.say("NOOP");
      if (working.read.empty()) ++before;
    };
    crowd.back()->say("x");
  }
  loop.run_once();
  CHECK(working.read == "NOOP");
  CHECK(before < crowd.size());
}

// As a child process does between fork and exec.
TEST_CASE("a socket that others still hold does not bring a stream back") {
  BusyTurn turn;
  auto gone = std::make_unique<Line>(turn.loop);
  gone->stream->enter_fast_lane();
  const int held = dup(gone->own);
  const int other = dup(gone->other);
  gone.reset();
  turn.run([&] {
    CHECK(write(other, "ghost", 5) == 5);
    turn.working.say("NOOP");
  });
  CHECK(turn.seen_by_second == "NOOP");
  Line heir(turn.loop);
  heir.stream->enter_fast_lane();  // in the place of the one that left
  turn.run([&] { CHECK(write(other, "ghost", 5) == 5); });
  CHECK(heir.read.empty());
  CHECK(heir.ends == 0);
  CHECK(heir.broke.empty());
  close(held);
  close(other);
}

TEST_CASE("one that is read may be the end of the next") {
  BusyTurn turn;
  Line victim(turn.loop);
  victim.stream->enter_fast_lane();
  turn.working.then = [&] { victim.stream.reset(); };
  victim.then = [&] { turn.working.stream->pause(); };
  turn.run([&] {
    turn.working.say("bye");
    victim.say("bye");
  });
  CHECK((turn.working.read.empty() != victim.read.empty()));
}
