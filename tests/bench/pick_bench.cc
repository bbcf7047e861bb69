// What choosing a backend costs: on a ring of 10,000 points, by every policy,
// and for users of whom 100,000 are remembered; and what that takes of memory.

#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "backends/policy/hash_ring.h"
#include "backends/policy/policy.h"
#include "backends/pool.h"
#include "proxy/net/loop.h"
#include "tests/bench/micro.h"

using namespace postern;

namespace {

constexpr int kBackends = 100;
constexpr uint32_t kPoints = 100;  // each
constexpr int kUsers = 100000;

std::string user(int number) {
  return "user" + std::to_string(number) + "@example.com";
}

PoolOptions pool_of(std::string_view policy, bool sticky) {
  PoolOptions options;
  options.name = "mail";
  options.policy = policy;
  options.sticky = sticky;
  for (int i = 0; i < kBackends; ++i)
    options.backends.push_back({{"10.0.0." + std::to_string(i), 143}});
  return options;
}

size_t resident() {
  std::ifstream file("/proc/self/statm");
  size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

void measure_ring(const bench::Micro& micro) {
  std::vector<HashRing::Member> members;
  for (int i = 0; i < kBackends; ++i)
    members.push_back({"10.0.0." + std::to_string(i), kPoints});
  micro.measure("a ring of 10,000 points, built", 10,
                [&] { (void)HashRing(members); });
  const HashRing ring(members);
  uint32_t hash = 1;
  micro.measure("a lookup on it", 100000, [&] {
    hash = hash * 1664525 + 1013904223;
    (void)ring.find(hash, [](size_t) { return true; });
  });
  micro.measure("the same, half of the backends down", 100000, [&] {
    hash = hash * 1664525 + 1013904223;
    (void)ring.find(hash, [](size_t member) { return member % 2 == 0; });
  });
}

void measure_policies(const bench::Micro& micro) {
  for (const char* policy :
       {"consistent_hash", "least_connections", "round_robin",
        "weighted_round_robin", "random_two_choices", "first_available"}) {
    const auto pool = *Pool::make(pool_of(policy, false));
    int number = 0;
    const std::string name = std::string("pick of 100: ") + policy;
    micro.measure(name.c_str(), 20000, [&] {
      (void)pool->peek({user(number++), 0});
    });
  }
}

struct Nobody final : Stay::Guest {
  void on_may_go_on() override {}
  void on_must_leave(const std::string&) override {}
};

void measure_affinity(const bench::Micro& micro) {
  Loop loop;
  Nobody nobody;
  const auto pool = *Pool::make(pool_of("consistent_hash", true));
  const size_t before = resident();
  const int users = micro.smoke() ? 10 : kUsers;
  for (int i = 0; i < users; ++i) {
    const auto stay = std::make_shared<Stay>(loop, nobody);
    (void)pool->pick({user(i), 0}, stay);
    if (!stay->confirm()) return;
  }
  std::printf("  %-44s %12.1f octets each\n", "100,000 users remembered",
              static_cast<double>(resident() - before) / users);
  int number = 0;
  micro.measure("pick of 100 for one of them", 20000, [&] {
    const auto stay = std::make_shared<Stay>(loop, nobody);
    (void)pool->pick({user(number++ % users), 0}, stay);
    (void)stay->confirm();
  });
}

}  // namespace

int main(int count, char** words) {
  const bench::Micro micro(count, words);
  measure_ring(micro);
  measure_policies(micro);
  measure_affinity(micro);
}
