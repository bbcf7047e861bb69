#include "proxy/net/process.h"

#include <doctest/doctest.h>

#include "proxy/net/loop.h"

using namespace postern;

namespace {

// "" if it went well.
std::string run(const std::vector<std::string>& words, uint64_t limit = 60000) {
  Loop loop;
  std::string text = "still running";
  auto process = Process::start(loop, words, limit, [&](const Status& ended) {
    text = ended ? "" : ended.error().text;
  });
  if (!process) return process.error().text;
  while (text == "still running")
    loop.run_once();
  return text;
}

}  // namespace

TEST_CASE("how a program ended") {
  CHECK(run({"/bin/true"}) == "");
  CHECK(run({"/bin/false"}) == "ended with status 1");
  CHECK(run({"/bin/sh", "-c", "kill -9 $$"}) == "was killed by signal 9");
  CHECK(run({"/nonexistent"}) ==
        "cannot be started: no such file or directory");
}

TEST_CASE("words are words, whatever is in them") {
  CHECK(run({"/bin/sh", "-c", "test \"$1\" = '; exit 3 #'", "sh",
             "; exit 3 #"}) == "");
}

TEST_CASE("one that takes too long is killed, with what it started") {
  CHECK(run({"/bin/sh", "-c", "sleep 1000 & sleep 1000"}, 20) ==
        "took too long");
}

TEST_CASE("one that nobody waits for any more is killed") {
  Loop loop;
  auto process = Process::start(loop, {"/bin/sleep", "1000"}, 60000,
                                [](const Status&) { FAIL("nobody waits"); });
  REQUIRE(process);
}
