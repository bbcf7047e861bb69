// A sticky pool of a, b and c, and guests who log in there, with a clock that
// stands where a test puts it.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/affinity.h"
#include "backends/pool.h"
#include "backends/pool_memory.h"
#include "proxy/net/loop.h"

namespace postern {

// A login, later a session, as far as the pool can tell.
struct TestGuest final : Stay::Guest {
  explicit TestGuest(Loop& loop) {
    Stay::Guest& self = *this;
    stay = std::make_shared<Stay>(loop, self);
  }
  void on_may_go_on() override { ++may_go_on; }
  void on_must_leave(const std::string& told) override { told_to_leave = told; }
  bool confirm() { return stay->confirm(); }
  void leave(uint64_t now) { stay->leave(now); }

  std::shared_ptr<Stay> stay;
  std::vector<std::shared_ptr<Backend>> tried;
  int may_go_on = 0;
  std::string told_to_leave;
  std::string why;
  Pick::By by = Pick::By::Policy;
};

struct StickyBench {
  explicit StickyBench(PoolOptions wanted = {}) : options(std::move(wanted)) {
    options.name = "stores";
    if (!options.sticky) options.sticky = true;
    configure({"a", "b", "c"});
  }

  // Users and machines stay.
  void configure(const std::vector<std::string>& hosts) {
    options.backends.clear();
    for (const std::string& host : hosts)
      options.backends.push_back({{host, 0}});
    pool = *Pool::make(options, &memory);
  }

  std::unique_ptr<TestGuest> guest() {
    return std::make_unique<TestGuest>(loop);
  }

  // The backend's name; "wait", or "" for nowhere.
  std::string pick(TestGuest& who, const std::string& user, uint64_t now = 0) {
    const Pick pick = pool->pick({user, now, who.tried}, who.stay);
    who.why = pick.why;
    who.by = pick.by;
    if (pick.wait) return "wait";
    return pick.backend ? pick.backend->state().name() : "";
  }

  std::string log_in(TestGuest& who, const std::string& user,
                     uint64_t now = 0) {
    std::string backend = pick(who, user, now);
    if (!backend.empty() && backend != "wait" && !who.confirm()) return "no";
    return backend;
  }

  void fail(TestGuest& who, const std::string& backend, uint64_t now = 0) {
    who.tried.push_back(pool->find(backend));
    who.tried.back()->failed(now, 1000);
  }

  // What was posted so far.
  void run() {
    bool done = false;
    loop.post([&] { done = true; });
    while (!done)
      loop.run_once();
  }

  PoolOptions options;
  Loop loop;
  std::vector<std::string> vacated;
  PoolMemory memory{[this](auto&, const std::string& user, bool) {
    vacated.push_back(user);
  }};
  std::shared_ptr<Pool> pool;
};

}  // namespace postern
