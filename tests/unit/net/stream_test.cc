#include "proxy/net/stream.h"

#include <algorithm>
#include <sys/socket.h>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/net/line.h"
#include "tests/unit/net/pair.h"

using namespace postern;

TEST_CASE("bytes, then the end, arrive at the other side") {
  Pair pair;
  pair.right->resume();
  pair.left->write("hello ");
  pair.left->write("world");
  pair.left->finish();
  while (pair.right_saw.ends == 0)
    pair.loop.run_once();
  CHECK(pair.right_saw.read == "hello world");
  // Half-closed: the other direction still works.
  pair.left->resume();
  pair.right->write("answer");
  while (pair.left_saw.read.empty())
    pair.loop.run_once();
  CHECK(pair.left_saw.read == "answer");
}

TEST_CASE("the last words and the end of the stream go together") {
  Pair pair;
  pair.right->resume();
  pair.left->finish("goodbye");
  while (pair.right_saw.ends == 0)
    pair.loop.run_once();
  CHECK(pair.right_saw.read == "goodbye");
  pair.left->write("too late");
  pair.left->finish("never");
  pair.loop.run_once();
  CHECK(pair.right_saw.read == "goodbye");
}

TEST_CASE("the last words wait for their turn") {
  Pair pair;
  std::string all(4 << 20, 'x');
  pair.left->write(all);
  REQUIRE(pair.left->backlog() > 0);
  pair.left->finish("goodbye");
  pair.right->resume();
  while (pair.right_saw.ends == 0)
    pair.loop.run_once();
  CHECK(pair.right_saw.read == all + "goodbye");
}

TEST_CASE("what the socket does not take is kept, in order") {
  Pair pair;
  std::string all;
  for (int i = 0; i < 64; ++i) {
    const std::string chunk(65536, static_cast<char>('a' + i % 26));
    pair.left->write(chunk);
    all += chunk;
  }
  pair.left->finish();
  CHECK(pair.left->backlog() > 0);
  pair.right->resume();
  while (pair.right_saw.ends == 0)
    pair.loop.run_once();
  CHECK(pair.right_saw.read == all);
  CHECK(pair.left->backlog() == 0);
  CHECK(pair.left_saw.drains > 0);
}

TEST_CASE("a paused stream does not read") {
  Pair pair;
  pair.right->resume();
  pair.right->pause();
  pair.left->write("unread");
  pair.left->resume();
  pair.right->write("ping");
  while (pair.left_saw.read.empty())
    pair.loop.run_once();
  CHECK(pair.right_saw.read.empty());
  pair.right->resume();
  while (pair.right_saw.read.empty())
    pair.loop.run_once();
  CHECK(pair.right_saw.read == "unread");
}

TEST_CASE("writing to a peer that is gone is told once, from the loop") {
  Pair pair;
  pair.right.reset();
  pair.loop.post([] {});
  pair.loop.run_once();
  pair.left->write("into the void");
  CHECK(pair.left_saw.broke.empty());
  while (pair.left_saw.broke.empty()) {
    pair.left->write("again");
    pair.loop.post([] {});
    pair.loop.run_once();
  }
  CHECK(pair.left_saw.broke == "broken pipe");
}

TEST_CASE("a stream dropped with unsent bytes leaves nothing behind") {
  Pair pair;  // ~Loop asserts it
  pair.left->write(std::string(8 << 20, 'x'));
  CHECK(pair.left->backlog() > 0);
  pair.left.reset();
}

TEST_CASE("what arrives in a long pause stays in the socket") {
  Pair pair;
  pair.right->resume();
  pair.right->pause();
  for (const char* text : {"one ", "two ", "three"}) {
    pair.left->write(text);
    pair.loop.post([] {});
    pair.loop.run_once();
  }
  CHECK(pair.right_saw.read.empty());
  pair.right->resume();
  while (pair.right_saw.read.size() < 13)
    pair.loop.run_once();
  CHECK(pair.right_saw.read == "one two three");
}

TEST_CASE("a sender that fills every read gets one of them a turn") {
  Loop loop;
  Line line(loop);
  const int room = 4 << 20;
  setsockopt(line.other, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  // Reads as small as what the socket surely holds.
  loop.read_scratch().release();
  loop.read_scratch().room(4096);
  const std::string chunk(8192, 'x');
  int reads = 0;
  line.then = [&] {
    ++reads;
    line.say(chunk);
  };
  line.say(chunk);
  for (int turn = 1; turn <= 5; ++turn) {
    loop.post([] {});
    loop.run_once();
    CHECK(reads <= turn);
  }
  CHECK(reads >= 2);
}

namespace {

// More streams than a turn has long steps for, with something to read in each.
struct Crowd {
  static constexpr long kMany = 40;
  Loop loop;
  std::vector<std::unique_ptr<Line>> lines;

  Crowd() {
    for (long i = 0; i < kMany; ++i) {
      lines.push_back(std::make_unique<Line>(loop));
      lines.back()->stream->expect_long_steps(true);
      lines.back()->say("x");
    }
  }
  long served() const {
    return std::ranges::count_if(
        lines, [](const auto& each) { return !each->read.empty(); });
  }
};

}  // namespace

TEST_CASE("long steps that do not fit into a turn are done in later ones") {
  Crowd crowd;
  crowd.loop.run_once();
  CHECK(crowd.served() > 0);
  CHECK(crowd.served() < Crowd::kMany);
  while (crowd.served() < Crowd::kMany)
    crowd.loop.run_once();
}

TEST_CASE("who pauses or leaves before its long step holds up nobody") {
  Crowd crowd;
  crowd.loop.run_once();
  size_t waiting = 0;
  while (!crowd.lines[waiting]->read.empty())
    ++waiting;
  size_t next = waiting + 1;
  while (!crowd.lines[next]->read.empty())
    ++next;
  crowd.lines[waiting]->stream->pause();
  crowd.lines[next]->stream.reset();
  while (crowd.served() < Crowd::kMany - 2)
    crowd.loop.run_once();
  crowd.lines[waiting]->stream->resume();
  while (crowd.lines[waiting]->read.empty())
    crowd.loop.run_once();
}
