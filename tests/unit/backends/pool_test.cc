#include "backends/pool.h"

#include <algorithm>
#include <thread>

#include <doctest/doctest.h>

#include "backends/policy/policy.h"
#include "backends/pool_memory.h"

using namespace postern;

namespace {

using Backends = std::vector<std::shared_ptr<Backend>>;

// {"a", 2} is backend a of weight 2.
std::shared_ptr<Pool> make_pool(
    const std::vector<std::pair<std::string, uint32_t>>& backends,
    PoolMemory* memory = nullptr) {
  PoolOptions options;
  options.name = "stores";
  options.policy = "weighted_round_robin";
  for (const auto& [host, weight] : backends)
    options.backends.push_back({{host, 143}, weight});
  auto pool = Pool::make(options, memory);
  REQUIRE(pool);
  return *pool;
}

std::string name(const std::shared_ptr<Backend>& backend) {
  return backend ? backend->where().host : "-";
}

// The hosts of `count` picks, one after the other.
std::string picks(Pool& pool, int count, uint64_t now = 0,
                  const Backends& tried = {}) {
  std::string hosts;
  for (int i = 0; i < count; ++i)
    hosts += name(pool.pick("user", now, tried));
  return hosts;
}

std::string error_of(PoolOptions options) {
  const auto pool = Pool::make(std::move(options));
  REQUIRE_FALSE(pool);
  CHECK(pool.error().fault == Fault::Config);
  return pool.error().text;
}

}  // namespace

TEST_CASE("everyone in turn") {
  const auto pool = make_pool({{"a", 1}, {"b", 1}, {"c", 1}});
  CHECK(picks(*pool, 7) == "abcabca");
  CHECK(pool->name() == "stores");
  CHECK(pool->backends().size() == 3);
  CHECK(pool->rest_ms() == 10000);
}

TEST_CASE("as often as the weight says, spread out") {
  const auto pool = make_pool({{"a", 5}, {"b", 1}, {"c", 1}});
  CHECK(picks(*pool, 14) == "aabacaaaabacaa");
}

TEST_CASE("who rests is skipped until the time is over") {
  const auto pool = make_pool({{"a", 1}, {"b", 1}, {"c", 1}});
  pool->backends()[1]->failed(1000, 500);
  CHECK(pool->backends()[1]->resting(1499));
  const std::string without = picks(*pool, 4, 1499);
  CHECK(without == "acac");
  CHECK(picks(*pool, 3, 1500).find('b') != std::string::npos);
}

TEST_CASE("a backend that was away gets no flood on return") {
  const auto pool = make_pool({{"a", 1}, {"b", 1}});
  pool->backends()[1]->failed(0, 1000);
  CHECK(picks(*pool, 100, 0) == std::string(100, 'a'));
  CHECK(picks(*pool, 4, 1000) == "abab");
}

TEST_CASE("success ends the rest") {
  const auto pool = make_pool({{"a", 1}, {"b", 1}});
  pool->backends()[0]->failed(0, 1000);
  CHECK(picks(*pool, 2) == "bb");
  pool->backends()[0]->succeeded();
  CHECK(picks(*pool, 2).find('a') != std::string::npos);
}

TEST_CASE("a resting backend is better than none") {
  const auto pool = make_pool({{"a", 1}, {"b", 1}});
  for (const auto& backend : pool->backends())
    backend->failed(0, 1000);
  CHECK(picks(*pool, 4) == "abab");
}

TEST_CASE("who was tried is not picked again") {
  const auto pool = make_pool({{"a", 1}, {"b", 1}, {"c", 1}});
  pool->backends()[2]->failed(0, 1000);
  Backends tried;
  std::string order;
  while (const auto backend = pool->pick("user", 0, tried)) {
    order += name(backend);
    tried.push_back(backend);
  }
  CHECK(order == "abc");  // c, which rests, comes last
  CHECK(tried.size() == 3);
  CHECK(picks(*pool, 2, 0, tried) == "--");
}

TEST_CASE("what cannot be a pool says why") {
  PoolOptions options;
  options.name = "stores";
  CHECK(error_of(options) == "pool stores: has no backends");
  options.backends = {{{"a", 143}, 1001}};
  CHECK(error_of(options) ==
        "pool stores: a:143: weight 1001 is more than 1000");
  options.backends = {{{"a", 143}, 1}};
  options.policy = "best";
  CHECK(error_of(options) ==
        "pool stores: no policy is named \"best\", only " + policy_names());
  options.policy = "round_robin";
  options.backends[0].weight = 3;
  CHECK(error_of(options) ==
        "pool stores: a:143: weight 3 means nothing to round_robin, expected "
        "0 or 1");
}

TEST_CASE("a reload keeps what was learnt of a machine") {
  PoolMemory memory;
  const auto old = make_pool({{"a", 1}, {"b", 1}, {"c", 1}}, &memory);
  old->backends()[0]->failed(0, 1000);
  old->backends()[2]->add_session();
  old->backends()[1]->state().set_drain(Drain::NoNewUsers);
  const auto fresh =
      make_pool({{"c", 1}, {"a", 1}, {"b", 2}, {"d", 1}}, &memory);
  CHECK(fresh->backends()[0]->same(*old->backends()[2]));
  CHECK(fresh->backends()[0]->sessions() == 1);
  CHECK(fresh->backends()[1]->resting(0));
  CHECK(fresh->backends()[2]->weight() == 2);
  CHECK(old->backends()[1]->weight() == 1);
  const std::string got = picks(*fresh, 40);
  CHECK(got.find('a') == std::string::npos);
  CHECK(got.find('b') == std::string::npos);
}

TEST_CASE("no new users for a backend of weight 0") {
  const auto pool = make_pool({{"a", 0}, {"b", 1}});
  CHECK(picks(*pool, 3) == "bbb");
}

TEST_CASE("a full backend is passed over") {
  PoolOptions options;
  options.name = "stores";
  options.backends = {{.where = {"a", 143}, .max_connections = 1},
                      {.where = {"b", 143}}};
  options.policy = "first_available";
  const auto pool = *Pool::make(options);
  CHECK(picks(*pool, 2) == "aa");
  auto seat = pool->backends()[0]->take_seat();
  CHECK(picks(*pool, 2) == "bb");
  seat.reset();
  CHECK(picks(*pool, 2) == "aa");
}

TEST_CASE("who is down is never picked") {
  const auto pool = make_pool({{"a", 1}, {"b", 1}});
  pool->backends()[0]->state().set_health(false, "imap: cannot connect");
  CHECK(picks(*pool, 3) == "bbb");
  pool->backends()[1]->state().set_health(false, "imap: cannot connect");
  CHECK(picks(*pool, 2) == "--");
  CHECK(pool->peek({"user", 0}).why == "no backend is up");
}

TEST_CASE("tags") {
  PoolOptions options;
  options.name = "stores";
  options.backends = {{.where = {"a", 0}},
                      {.where = {"b", 0}, .tag = "eu"},
                      {.where = {"c", 0}, .tag = "eu"},
                      {.where = {"d", 0}, .tag = "us"}};
  const auto pool = *Pool::make(options);
  const auto hosts = [&](std::string_view tag) {
    std::string text;
    for (int i = 0; i < 4; ++i)
      text += name(pool->peek({"user", 0, {}, tag}).backend);
    return text;
  };
  CHECK(hosts("") == "aaaa");
  CHECK(hosts("eu") == "bcbc");
  CHECK(hosts("us") == "dddd");
  CHECK(pool->peek({"user", 0, {}, "asia"}).why ==
        "no backend of pool stores has the tag asia");
  options.backends.erase(options.backends.begin());
  CHECK((*Pool::make(options))->peek({"user", 0}).why ==
        "every backend of pool stores has a tag, and the map names none");
}

TEST_CASE("a pool of names: one home, and others only where that is allowed") {
  PoolOptions options;
  options.name = "stores";
  options.policy = "consistent_hash";
  options.sticky = false;
  options.backends = {{.where = {"a", 0}, .max_connections = 1},
                      {.where = {"b", 0}, .max_connections = 1}};
  options.failover = false;
  const auto pool = *Pool::make(options);
  const auto home = pool->peek({"user", 0}).backend;
  REQUIRE(home);
  CHECK(home->weight() == 100);
  const auto seat = home->take_seat();
  CHECK(pool->peek({"user", 0}).why ==
        home->where().text() + " is full (max_connections)");
  options.failover = true;
  const auto other = *Pool::make(options);
  const auto first = other->peek({"user", 0}).backend;
  first->state().set_health(false, "down");
  const auto second = other->peek({"user", 0}).backend;
  CHECK((second && second != first));
}

TEST_CASE("sessions are counted") {
  const auto pool = make_pool({{"a", 1}});
  const auto& backend = pool->backends()[0];
  backend->add_session();
  backend->add_session();
  backend->remove_session();
  CHECK(backend->sessions() == 1);
}

TEST_CASE("many threads, the same shares") {
  const auto pool = make_pool({{"a", 3}, {"b", 1}});
  constexpr int kThreads = 4;
  constexpr int kPicks = 1000;
  std::vector<std::string> got(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (std::string& mine : got)
    threads.emplace_back([&] { mine = picks(*pool, kPicks); });
  for (std::thread& thread : threads)
    thread.join();
  std::string all;
  for (const std::string& mine : got)
    all += mine;
  CHECK(std::count(all.begin(), all.end(), 'a') == kThreads * kPicks * 3 / 4);
}
