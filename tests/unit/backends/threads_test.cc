// Many threads log in, log out and fail at one sticky pool, while somebody
// kills, drains and moves: no user may be seen on two backends.

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <random>
#include <thread>

#include <doctest/doctest.h>

#include "sticky_bench.h"

using namespace postern;

namespace {

constexpr size_t kThreads = 3;
constexpr int kSteps = 1500;
constexpr size_t kUsers = 5;

// Where each user is seen.  Entered after a pick, left before the stay is given
// up: what it sees of two backends has happened.
class Watch {
 public:
  void enter(size_t user, const std::string& backend) {
    const std::lock_guard lock(mutex_);
    Seen& seen = seen_.at(user);
    if (seen.count != 0 && seen.backend != backend) ++twice_;
    seen.backend = backend;
    ++seen.count;
  }
  void leave(size_t user) {
    const std::lock_guard lock(mutex_);
    --seen_.at(user).count;
  }
  int twice() const { return twice_; }

 private:
  struct Seen {
    std::string backend;
    int count = 0;
  };
  std::mutex mutex_;
  std::array<Seen, kUsers> seen_;
  std::atomic<int> twice_ = 0;
};

struct Bench {
  Bench() {
    PoolOptions options;
    options.name = "stores";
    options.sticky = true;
    options.failover = true;
    options.user_expire_ms = 10000;
    options.backends = {{{"a", 0}}, {{"b", 0}}, {{"c", 0}}};
    pool = *Pool::make(options, &memory);
  }

  std::shared_ptr<Pool> pool;
  Watch watch;
  std::atomic<uint64_t> now = 0;
  PoolMemory memory{[this](auto&, const std::string& user, bool by_admin) {
    const auto to = by_admin ? pool->backends()[now % 3] : nullptr;
    pool->affinity()->finish_move(user, to, now);
  }};
};

// One client after the other, several at a time.
class Crowd {
 public:
  Crowd(Bench& bench, unsigned seed) : bench_(bench), random_(seed) {}

  void run() {
    for (int i = 0; i < kSteps; ++i) {
      obey();
      if (clients_.size() < 6) clients_.emplace_back(*this, random_() % kUsers);
      Client& one = *std::next(clients_.begin(),
                               static_cast<long>(random_() % clients_.size()));
      if (random_() % 3 == 0)
        end(one);
      else if (!one.at.empty())
        one.confirmed |= one.guest.confirm();
      else
        pick(one);
    }
    for (Client& each : clients_)
      drop(each);
    clients_.clear();
  }

 private:
  struct Client {
    Client(Crowd& crowd, size_t who) : guest(crowd.loop_), user(who) {}
    TestGuest guest;
    size_t user;
    std::string at;
    bool confirmed = false;
  };

  void pick(Client& one) {
    drop(one);
    const auto got = bench_.pool->pick(
        {"user" + std::to_string(one.user), ++bench_.now}, one.guest.stay);
    if (!got.backend) return;
    one.at = got.backend->state().name();
    bench_.watch.enter(one.user, one.at);
  }

  void drop(Client& one) {
    if (!one.at.empty()) bench_.watch.leave(one.user);
    one.at.clear();
    one.confirmed = false;
    one.guest.leave(bench_.now);
  }

  void end(Client& one) {
    drop(one);
    clients_.remove_if([&](const Client& each) { return &each == &one; });
  }

  void obey() {
    bool done = false;
    loop_.post([&] { done = true; });
    while (!done)
      loop_.run_once();
    for (Client& each : clients_)
      if (!std::exchange(each.guest.told_to_leave, {}).empty()) drop(each);
  }

  Bench& bench_;
  std::mt19937 random_;
  Loop loop_;
  std::list<Client> clients_;
};

}  // namespace

TEST_CASE("many threads, never on two backends") {
  Bench bench;
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i)
    threads.emplace_back(
        [&, i] { Crowd(bench, static_cast<unsigned>(i)).run(); });
  std::thread trouble([&] {
    std::mt19937 random(77);
    while (!over) {
      BackendState& one = bench.pool->backends()[random() % 3]->state();
      one.set_health(random() % 3 != 0, "ill");
      one.set_drain(random() % 3 == 0 ? Drain::Leave : Drain::No);
      (void)bench.pool->affinity()->begin_move(
          "user" + std::to_string(random() % kUsers), "x", "moved");
      std::this_thread::yield();
    }
  });
  for (std::thread& thread : threads)
    thread.join();
  over = true;
  trouble.join();
  CHECK(bench.watch.twice() == 0);
  CHECK(bench.pool->affinity()->size() <= kUsers);
}
