#include "backends/policy/policy.h"

#include <map>
#include <thread>

#include <doctest/doctest.h>

using namespace postern;

namespace {

using Backends = std::vector<std::shared_ptr<Backend>>;

// {"a", 2} is backend a of weight 2.
Backends make_backends(
    const std::vector<std::pair<std::string, uint32_t>>& wanted) {
  Backends backends;
  for (const auto& [host, weight] : wanted)
    backends.push_back(
        std::make_shared<Backend>(BackendOptions{{host, 143}, weight}));
  return backends;
}

std::string user(int number) {
  return "user" + std::to_string(number) + "@example.com";
}

// The hosts of `count` picks, one after the other, for as many users.
std::string picks(Policy& policy, Candidates candidates, int count) {
  std::string hosts;
  for (int i = 0; i < count; ++i)
    hosts += candidates[policy.pick(candidates, {user(i), 0})]->where().host;
  return hosts;
}

std::map<char, int> counts(Policy& policy, Candidates candidates, int count) {
  std::map<char, int> result;
  for (const char host : picks(policy, candidates, count))
    ++result[host];
  return result;
}

std::unique_ptr<Policy> make(std::string_view name, Candidates all) {
  const PolicyRow* row = find_policy(name);
  REQUIRE(row != nullptr);
  return row->make(all);
}

}  // namespace

TEST_CASE("the table of policies") {
  CHECK(policy_names() ==
        "consistent_hash, least_connections, round_robin, "
        "weighted_round_robin, random_two_choices, first_available");
  CHECK(find_policy("best") == nullptr);
  CHECK(find_policy("consistent_hash")->usual_weight == 100);
  const Backends one = make_backends({{"a", 1}});
  for (const char* name :
       {"consistent_hash", "least_connections", "round_robin",
        "weighted_round_robin", "random_two_choices", "first_available"}) {
    const auto policy = make(name, one);
    CHECK(policy->pick(one, {"user", 0}) == 0);
    CHECK(policy->by_name() == (std::string_view(name) == "consistent_hash"));
  }
}

TEST_CASE("round_robin: everyone in turn, whatever the weights") {
  const Backends all = make_backends({{"a", 5}, {"b", 1}, {"c", 1}});
  CHECK(picks(*make("round_robin", all), all, 7) == "abcabca");
}

TEST_CASE("weighted_round_robin: as often as the weight says, spread out") {
  const Backends all = make_backends({{"a", 5}, {"b", 1}, {"c", 1}});
  const auto policy = make("weighted_round_robin", all);
  CHECK(picks(*policy, all, 14) == "aabacaaaabacaa");
  // Who was away comes back as one among others.
  const Backends two = {all[0], all[1]};
  picks(*policy, two, 60);
  CHECK(picks(*policy, all, 7).find("cc") == std::string::npos);
}

TEST_CASE("weighted_round_robin: who starts slowly gets little at first") {
  const Backends all = make_backends({{"a", 1}, {"b", 1}});
  all[0]->state().start_slowly(0, 60000);
  const auto policy = make("weighted_round_robin", all);
  const auto count = counts(*policy, all, 110);
  CHECK(count.at('a') == 10);
  CHECK(count.at('b') == 100);
}

TEST_CASE("least_connections: the fewest sessions for the weight") {
  const Backends all = make_backends({{"a", 1}, {"b", 2}, {"c", 1}});
  const auto policy = make("least_connections", all);
  std::vector<Seat> seats;
  std::map<char, int> count;
  for (int i = 0; i < 400; ++i) {
    const size_t best = policy->pick(all, {user(i), 0});
    seats.push_back(*all[best]->take_seat());
    ++count[all[best]->where().host.front()];
  }
  CHECK(count['a'] == 100);
  CHECK(count['b'] == 200);
  CHECK(count['c'] == 100);
  // Where sessions have ended the next ones begin.
  seats.clear();
  const auto busy = *all[0]->take_seat();
  const auto busy_too = *all[1]->take_seat();
  const auto busy_twice = *all[1]->take_seat();
  CHECK(all[policy->pick(all, {"user", 0})]->where().host == "c");
}

TEST_CASE("least_connections: among equals in turn") {
  const Backends all = make_backends({{"a", 1}, {"b", 1}, {"c", 1}});
  CHECK(picks(*make("least_connections", all), all, 6) == "abcabc");
}

TEST_CASE("random_two_choices: the less loaded of two") {
  const Backends all = make_backends({{"a", 1}, {"b", 1}, {"c", 1}});
  const auto policy = make("random_two_choices", all);
  for (const auto& [host, count] : counts(*policy, all, 3000))
    CHECK(count > 700);
  // Never the most loaded of all.
  const auto busy = *all[1]->take_seat();
  CHECK(counts(*policy, all, 1000)['b'] == 0);
}

TEST_CASE("random_two_choices: drawn by weight") {
  const Backends all =
      make_backends({{"a", 1}, {"b", 1}, {"c", 1000}, {"d", 1000}});
  auto count = counts(*make("random_two_choices", all), all, 2000);
  CHECK(count['a'] + count['b'] < 200);
  const Backends none = make_backends({{"a", 0}, {"b", 0}});
  CHECK(make("random_two_choices", none)->pick(none, {"user", 0}) < 2);
}

TEST_CASE("first_available: the others are spares") {
  const Backends all = make_backends({{"a", 1}, {"b", 1}});
  const auto policy = make("first_available", all);
  CHECK(picks(*policy, all, 3) == "aaa");
  const Backends rest = {all[1]};
  CHECK(picks(*policy, rest, 3) == "bbb");
}

TEST_CASE("consistent_hash: the name decides, nothing else") {
  const Backends all = make_backends({{"a", 100}, {"b", 100}, {"c", 100}});
  const auto policy = make("consistent_hash", all);
  const std::string homes = picks(*policy, all, 300);
  CHECK(picks(*policy, all, 300) == homes);
  CHECK(picks(*make("consistent_hash", all), all, 300) == homes);
  // Without b only b's users go elsewhere.
  const Backends others = {all[0], all[2]};
  const std::string without = picks(*policy, others, 300);
  for (size_t i = 0; i < homes.size(); ++i)
    CHECK((homes[i] == 'b' || without[i] == homes[i]));
  CHECK(without.find('b') == std::string::npos);
}

TEST_CASE("consistent_hash: the administrator's weight changes the ring") {
  const Backends all = make_backends({{"a", 100}, {"b", 100}});
  const auto policy = make("consistent_hash", all);
  const std::string before = picks(*policy, all, 300);
  all[0]->state().set_weight(0);
  CHECK(counts(*policy, all, 300).size() == 1);
  all[0]->state().set_weight(std::nullopt);
  CHECK(picks(*policy, all, 300) == before);
}

TEST_CASE("consistent_hash: ports tell backends of one host apart") {
  Backends all;
  for (const uint16_t port : {uint16_t{1143}, uint16_t{2143}})
    all.push_back(
        std::make_shared<Backend>(BackendOptions{{"10.0.0.1", port}, 100}));
  const auto policy = make("consistent_hash", all);
  int first = 0;
  for (int i = 0; i < 1000; ++i)
    if (policy->pick(all, {user(i), 0}) == 0) ++first;
  CHECK(first > 200);
  CHECK(first < 800);
}

TEST_CASE("seats") {
  const auto backend = std::make_shared<Backend>(
      BackendOptions{.where = {"a", 143}, .max_connections = 2});
  auto one = backend->take_seat();
  auto two = backend->take_seat();
  CHECK((one && two));
  CHECK(backend->full());
  CHECK_FALSE(backend->take_seat());
  CHECK(backend->load() == 2);
  const Seat moved = std::move(*two);
  one.reset();
  CHECK_FALSE(backend->full());
  CHECK(backend->load() == 1);
}

TEST_CASE("all policies from several threads") {
  const Backends all = make_backends({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}});
  for (const char* name :
       {"consistent_hash", "least_connections", "round_robin",
        "weighted_round_robin", "random_two_choices"}) {
    const auto policy = make(name, all);
    const auto work = [&] {
      for (int i = 0; i < 500; ++i) {
        const size_t best = policy->pick(all, {user(i), 0});
        const auto seat = all[best]->take_seat();
        if (i % 100 == 0) all[best]->state().set_weight(i % 3 + 1);
      }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back(work);
    for (std::thread& thread : threads)
      thread.join();
  }
  for (const auto& each : all)
    CHECK(each->load() == 0);
}
