#include "proxy/admin/answer.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

struct Taker final : Answer::Sink {
  std::string taken;
  bool full = false;
  int answered = 0;
  void send(std::string_view bytes) override { taken += bytes; }
  bool congested() const override { return full; }
  void on_answered() override { ++answered; }
};

constexpr Column kColumns[] = {
    {"name"}, {"size", Form::Octets}, {"well", Form::Flag}};

}  // namespace

TEST_CASE("records become lines") {
  Taker taker;
  Answer answer(taker);
  answer.table("things", kColumns);
  answer.row({std::string("a b"), uint64_t{12}, true});
  answer.row({std::monostate(), std::monostate(), false});
  answer.row({text_or_none(""), uint64_t{0}, std::monostate()});
  answer.ok("3 things");
  CHECK(taker.taken ==
        "table things name:text size:octets well:flag\n"
        "row \"a b\" 12 yes\n"
        "row - - no\n"
        "row - 0 -\n"
        "ok \"3 things\"\n");
  CHECK(taker.answered == 1);
}

TEST_CASE("an answer ends once, and is told to those who listen") {
  Taker taker;
  Answer answer(taker);
  std::string told;
  answer.on_finish([&](std::string_view trouble, std::string_view text) {
    told += std::string(trouble) + "|" + std::string(text) + "\n";
  });
  answer.fail(Trouble::NotFound, "no such user");
  answer.ok();
  CHECK(taker.taken == "error not_found \"no such user\"\n");
  CHECK(told == "not_found|no such user\n");
  CHECK(taker.answered == 1);
}

TEST_CASE("a forgotten answer is a failure") {
  Taker taker;
  { const Answer answer(taker); }
  CHECK(taker.taken == "error failed \"the daemon gave no answer\"\n");
}

TEST_CASE("a long answer waits for its reader") {
  Taker taker;
  Answer answer(taker);
  int pieces = 0;
  answer.when_ready([&] { ++pieces; });
  CHECK(pieces == 1);
  taker.full = true;
  answer.when_ready([&] { ++pieces; });
  answer.drained();
  CHECK(pieces == 1);
  taker.full = false;
  answer.drained();
  answer.drained();
  CHECK(pieces == 2);
  answer.ok();
}

TEST_CASE("nobody is left to be answered") {
  Taker taker;
  Answer answer(taker);
  std::string told;
  answer.on_finish(
      [&](std::string_view, std::string_view text) { told = text; });
  answer.abandon();
  CHECK(answer.gone());
  answer.when_ready([] { FAIL("nobody is ready"); });
  answer.row({uint64_t{1}});
  answer.ok("done all the same");
  CHECK(taker.taken.empty());
  CHECK(taker.answered == 0);
  CHECK(told == "done all the same");
}
