#include "backends/affinity.h"

#include <doctest/doctest.h>

#include "sticky_bench.h"

using namespace postern;

TEST_CASE("where a session is, the next one goes") {
  StickyBench bench;
  auto first = bench.guest();
  CHECK(bench.log_in(*first, "alice") == "a");
  for (int i = 0; i < 5; ++i) {
    auto next = bench.guest();
    CHECK(bench.log_in(*next, "Alice") == "a");
    auto other = bench.guest();
    CHECK(bench.pick(*other, "user" + std::to_string(i)) != "");
  }
}

TEST_CASE("a user is remembered for a while after the last session") {
  StickyBench bench;
  auto first = bench.guest();
  CHECK(bench.log_in(*first, "alice") == "a");
  first->leave(1000);
  auto second = bench.guest();
  CHECK(bench.pick(*second, "alice", 1000 + kUserExpireMs - 1) == "a");
  second->leave(1000 + kUserExpireMs - 1);  // did not log in: prolongs nothing
  auto third = bench.guest();
  CHECK(bench.pick(*third, "alice", 1000 + kUserExpireMs) == "b");
  CHECK(bench.pool->affinity()->size() == 1);
}

TEST_CASE("a login that fails leaves nothing behind") {
  StickyBench bench;
  for (int i = 0; i < 10; ++i) {
    auto guest = bench.guest();
    CHECK(bench.pick(*guest, "guess" + std::to_string(i)) != "");
    CHECK(bench.pool->affinity()->size() == 1);
    guest->leave(0);
    CHECK(bench.pool->affinity()->size() == 0);
  }
}

TEST_CASE("two first logins at once go to one backend") {
  StickyBench bench;
  auto imap = bench.guest();
  auto pop3 = bench.guest();
  CHECK(bench.pick(*imap, "alice") == "a");
  CHECK(bench.pick(*pop3, "alice") == "a");
  imap->leave(0);  // fails
  CHECK(pop3->confirm());
  auto third = bench.guest();
  CHECK(bench.pick(*third, "alice") == "a");
}

TEST_CASE("without failover a dead backend is told, and nobody moves") {
  StickyBench bench;
  auto guest = bench.guest();
  CHECK(bench.pick(*guest, "alice") == "a");
  guest->tried.push_back(bench.pool->find("a"));
  CHECK(bench.pick(*guest, "alice") == "");
  CHECK(guest->why == "a is not to be reached");
  bench.pool->find("b")->state().set_health(false, "no greeting");
  auto other = bench.guest();
  CHECK(bench.log_in(*other, "bob") == "c");
  bench.pool->find("c")->state().set_health(false, "no greeting");
  auto again = bench.guest();
  CHECK(bench.pick(*again, "bob") == "");
  CHECK(again->why == "c is down: no greeting");
}

TEST_CASE("with failover nobody gets in elsewhere before all have left") {
  StickyBench bench({.failover = true});
  auto old = bench.guest();
  auto trying = bench.guest();
  CHECK(bench.log_in(*old, "alice") == "a");
  CHECK(bench.pick(*trying, "alice") == "a");
  auto next = bench.guest();
  bench.pool->find("a")->state().set_health(false, "gone");
  CHECK(bench.pick(*next, "alice") == "wait");
  bench.run();
  CHECK(old->told_to_leave == "a is down: gone");
  CHECK(trying->told_to_leave == "a is down: gone");
  CHECK_FALSE(trying->confirm());
  CHECK(bench.pick(*trying, "alice") == "wait");
  bench.run();
  CHECK(next->may_go_on == 0);
  old->leave(5);
  bench.run();
  CHECK(next->may_go_on == 0);  // a session was cut off: somebody watches
  REQUIRE(bench.vacated == std::vector<std::string>{"alice"});
  bench.pool->affinity()->finish_move("alice", nullptr, 7);
  bench.run();
  CHECK(next->may_go_on == 1);
  CHECK(trying->may_go_on == 1);
  const std::string to = bench.log_in(*next, "alice");
  CHECK(to != "a");
  CHECK(bench.log_in(*trying, "alice") == to);
}

TEST_CASE("with failover two logins to a dead backend both go on at once") {
  StickyBench bench({.failover = true});
  auto one = bench.guest();
  auto two = bench.guest();
  CHECK(bench.pick(*one, "alice") == "a");
  CHECK(bench.pick(*two, "alice") == "a");
  bench.fail(*one, "a");
  CHECK(bench.pick(*one, "alice") == "wait");
  bench.run();
  CHECK(two->told_to_leave == "a is not to be reached");
  const std::string now = bench.pick(*two, "alice");
  CHECK((now == "b" || now == "c"));
  bench.run();
  CHECK(one->may_go_on == 1);
  CHECK(bench.pick(*one, "alice") == now);
  CHECK(bench.vacated.empty());
}

TEST_CASE("an override says where a user lives") {
  StickyBench bench;
  bench.pool->affinity()->pin("alice", "c");
  auto guest = bench.guest();
  CHECK(bench.log_in(*guest, "Alice") == "c");
  CHECK(guest->by == Pick::By::Override);
  guest->leave(0);
  bench.pool->affinity()->pin("alice", "");
  auto again = bench.guest();
  CHECK(bench.pick(*again, "alice", 1) == "c");  // remembered
  again->leave(1);
  auto late = bench.guest();
  CHECK(bench.pick(*late, "alice", kUserExpireMs) == "a");
}

TEST_CASE("an override to a backend that is not configured is none") {
  StickyBench bench;
  bench.pool->affinity()->pin("alice", "gone");
  auto guest = bench.guest();
  CHECK(bench.pick(*guest, "alice") == "a");
  CHECK(guest->by == Pick::By::Policy);
}

TEST_CASE("an override to a dead backend goes by the pool's failover") {
  for (const bool failover : {false, true}) {
    StickyBench bench({.failover = failover});
    bench.pool->affinity()->pin("alice", "c");
    bench.pool->find("c")->state().take_down(true);
    auto guest = bench.guest();
    CHECK(bench.pick(*guest, "alice") == (failover ? "a" : ""));
    CHECK(guest->why == "c is taken down by the administrator");
  }
}

TEST_CASE("a drained backend keeps its users and gets no others") {
  StickyBench bench;
  auto alice = bench.guest();
  CHECK(bench.log_in(*alice, "alice") == "a");
  bench.pool->find("a")->state().set_drain(Drain::NoNewUsers);
  for (int i = 0; i < 6; ++i) {
    auto guest = bench.guest();
    CHECK(bench.log_in(*guest, "user" + std::to_string(i)) != "a");
  }
  auto again = bench.guest();
  CHECK(bench.log_in(*again, "alice") == "a");
  alice->leave(0);
  again->leave(0);
  auto later = bench.guest();
  CHECK(bench.pick(*later, "alice", 1) == "a");
}

TEST_CASE("drained to be empty, users leave at their next login") {
  StickyBench bench;
  auto alice = bench.guest();
  CHECK(bench.log_in(*alice, "alice") == "a");
  alice->leave(0);
  bench.pool->find("a")->state().set_drain(Drain::Leave);
  auto again = bench.guest();
  CHECK(bench.pick(*again, "alice", 1) == "b");
  CHECK(again->by == Pick::By::Failover);
}

TEST_CASE("what is configured no more serves until its users have left") {
  StickyBench bench;
  auto alice = bench.guest();
  CHECK(bench.log_in(*alice, "alice") == "a");
  bench.configure({"b", "c"});
  auto again = bench.guest();
  CHECK(bench.log_in(*again, "alice") == "a");
  again->leave(0);
  alice->leave(0);
  auto later = bench.guest();
  CHECK(bench.pick(*later, "alice", 1) == "b");
}

TEST_CASE("a move: leave, wait, go on") {
  StickyBench bench;
  auto old = bench.guest();
  CHECK(bench.log_in(*old, "alice") == "a");
  Affinity& table = *bench.pool->affinity();
  REQUIRE(table.begin_move("alice", "c", "moved"));
  CHECK_FALSE(table.begin_move("alice", "b", "moved"));
  auto next = bench.guest();
  CHECK(bench.pick(*next, "alice") == "wait");
  bench.run();
  CHECK(old->told_to_leave == "moved");
  const auto place = table.find("alice", 0, 0);
  REQUIRE(place);
  CHECK(place->moving);
  CHECK(place->waiting == 1);
  CHECK(place->sessions == 1);
  CHECK(place->move_to == "c");
  old->leave(1);
  CHECK(bench.vacated.size() == 1);
  CHECK(bench.pick(*next, "alice") == "wait");
  table.finish_move("alice", bench.pool->find("c"), 2);
  bench.run();
  CHECK(next->may_go_on == 1);
  CHECK(bench.log_in(*next, "alice") == "c");
}

TEST_CASE("a move of somebody who is nowhere is vacant at once") {
  StickyBench bench;
  Affinity& table = *bench.pool->affinity();
  REQUIRE(table.begin_move("alice", "c", "moved"));
  CHECK(bench.vacated.size() == 1);
  table.finish_move("alice", bench.pool->find("c"), 2);
  auto next = bench.guest();
  CHECK(bench.log_in(*next, "alice", 3) == "c");
}

TEST_CASE("a move that is called off leaves everybody where they were") {
  StickyBench bench;
  auto old = bench.guest();
  CHECK(bench.log_in(*old, "alice") == "a");
  Affinity& table = *bench.pool->affinity();
  REQUIRE(table.begin_move("alice", "c", "moved"));
  auto next = bench.guest();
  CHECK(bench.pick(*next, "alice") == "wait");
  table.cancel_move("alice", 3);
  bench.run();
  CHECK(next->may_go_on == 1);
  CHECK(bench.log_in(*next, "alice") == "a");
}

TEST_CASE("no more users are remembered than there is room for") {
  StickyBench bench;
  struct First final : Affinity::Chooser {
    explicit First(Pool& from) : pool(from) {}
    Judged judge(const Backend&, bool) override { return {Stand::Stay, {}}; }
    std::shared_ptr<Backend> find(const std::string&) override { return {}; }
    std::shared_ptr<Backend> find(const Backend&) override { return {}; }
    Pick choose() override { return {.backend = pool.backends()[0]}; }
    Pool& pool;
  } first(*bench.pool);
  const auto shared = std::make_shared<Affinity>("stores");
  for (int i = 0; i < 100; ++i) {
    auto guest = bench.guest();
    shared->pick("user" + std::to_string(i), guest->stay, 0, {1000, 10}, first);
    CHECK(guest->confirm());
    guest->leave(static_cast<uint64_t>(i));
  }
  CHECK(shared->size() <= 12);
  CHECK_FALSE(shared->find("user1", 0, 0));
  CHECK(shared->find("user99", 99, 1000)->expires_in_ms == 1000);
}

TEST_CASE("sessions of a user are all where the backend sent the first") {
  StickyBench bench;
  auto sent = bench.guest();
  CHECK(bench.pick(*sent, "alice") == "a");
  CHECK(sent->stay->may_go_to("x"));
  CHECK(sent->stay->confirm("x"));
  auto here = bench.guest();
  CHECK(bench.pick(*here, "alice") == "a");
  CHECK_FALSE(here->confirm());
  CHECK_FALSE(here->stay->may_go_to("y"));
  CHECK(here->stay->may_go_to("x"));
  here->stay->may_have_entered();
  here->leave(1);
  auto too = bench.guest();
  CHECK(bench.pick(*too, "alice") == "a");
  CHECK(too->stay->confirm("x"));
  too->leave(2);
  sent->leave(3);
  auto home = bench.guest();
  CHECK(bench.log_in(*home, "alice") == "a");
  auto late = bench.guest();
  CHECK(bench.pick(*late, "alice") == "a");
  CHECK_FALSE(late->stay->may_go_to("x"));
}
