#include "proxy/net/stream.h"

#include <doctest/doctest.h>

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
