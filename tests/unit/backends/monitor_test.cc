#include "backends/health/monitor.h"

#include <map>
#include <thread>

#include <doctest/doctest.h>

#include "proxy/base/log.h"
#include "proxy/net/timer.h"

using namespace postern;

namespace {

// Answers what the test wants, in the next turn of the loop; "hang" never.
// "refused" is said of the login.
class FakeProber final : public Prober {
 public:
  explicit FakeProber(Loop& loop) : loop_(loop) {}

  std::unique_ptr<Mortal> probe(const Endpoint& where, const CheckOptions&,
                                Done done) override {
    ++probes[where.host];
    last = done;
    struct Look final : Mortal {
      explicit Look(Loop& loop) : timer(loop) {}
      Timer timer;
    };
    auto look = std::make_unique<Look>(loop_);
    if (answers[where.host] != "hang")
      look->timer.start(1, [done, why = answers[where.host]] {
        done({why, why == "refused"});
      });
    return look;
  }

  std::map<std::string, std::string> answers;
  std::map<std::string, int> probes;
  Done last;

 private:
  Loop& loop_;
};

struct Bench {
  Loop loop;
  Log log{{.least = LogLevel::Error}};
  std::shared_ptr<FakeProber> prober = std::make_shared<FakeProber>(loop);
  std::vector<std::string> died;
  std::unique_ptr<Monitor> monitor = std::make_unique<Monitor>(
      loop, log,
      [this](const auto& machine) { died.push_back(machine->name()); });
  std::map<std::string, std::shared_ptr<BackendState>> machines;

  CheckTarget target(const std::string& host,
                     std::vector<std::string> services = {"imap"}) {
    auto& machine = machines[host];
    if (!machine)
      machine = std::make_shared<BackendState>(Endpoint{host, 143}, "pool");
    CheckOptions options;
    options.interval_ms = 10;
    return {machine, std::move(services), options, 0, prober};
  }
  CheckTarget with_login(const std::string& host) {
    CheckTarget made = target(host);
    made.options.user = "check";
    return made;
  }
  int looks(const std::string& host) { return prober->probes[host]; }
  bool up(const std::string& host) { return machines[host]->healthy(); }

  template <class Condition>
  void wait(Condition condition) {
    while (!condition())
      loop.run_once();
  }
};

}  // namespace

TEST_CASE("a backend goes down and comes back") {
  Bench bench;
  bench.monitor->watch({bench.target("a"), bench.target("b")});
  CHECK(bench.up("a"));
  bench.prober->answers["a"] = "cannot connect";
  bench.wait([&] { return !bench.up("a"); });
  CHECK(bench.up("b"));
  CHECK(bench.machines["a"]->health_reason() == "imap: cannot connect");
  CHECK(bench.died == std::vector<std::string>{"a:143"});
  bench.prober->answers["a"] = "";
  bench.wait([&] { return bench.up("a"); });
  CHECK(bench.machines["a"]->health_reason().empty());
  CHECK(bench.died.size() == 1);
}

TEST_CASE("what the administrator said stays") {
  Bench bench;
  const CheckTarget target = bench.target("a");
  target.machine->set_weight(7);
  target.machine->set_drain(Drain::NoNewUsers);
  bench.monitor->watch({target});
  bench.prober->answers["a"] = "cannot connect";
  bench.wait([&] { return !bench.up("a"); });
  bench.prober->answers["a"] = "";
  bench.wait([&] { return bench.up("a"); });
  CHECK(target.machine->weight() == 7);
  CHECK(target.machine->drain() == Drain::NoNewUsers);
}

TEST_CASE("every service's way has to work") {
  Bench bench;
  auto other = std::make_shared<FakeProber>(bench.loop);
  CheckTarget pop3 = bench.target("a", {"pop3", "pop3s"});
  pop3.prober = other;
  other->answers["a"] = "no greeting";
  bench.monitor->watch({bench.target("a"), pop3});
  bench.wait([&] { return !bench.up("a"); });
  CHECK(bench.machines["a"]->health_reason() == "pop3: no greeting");
  other->answers["a"] = "";
  bench.wait([&] { return bench.up("a"); });
}

TEST_CASE("real logins count") {
  Bench bench;
  CheckTarget target = bench.target("a", {"imap", "imaps"});
  bench.prober->answers["a"] = "hang";  // no check helps here
  bench.monitor->watch({target});
  BackendState& machine = *target.machine;
  machine.report("imaps", "cannot connect");
  machine.report("pop3", "of no way that is watched");
  machine.report("imap", "cannot connect");
  machine.report("imap", "");  // begins the count anew
  machine.report("imap", "");  // nobody needs to hear of that
  machine.report("imap", "cannot connect");
  machine.report("imap", "cannot connect");
  bench.loop.post([] {});
  bench.loop.run_once();
  CHECK(bench.up("a"));
  std::thread([&] { machine.report("imaps", "no greeting"); }).join();
  bench.wait([&] { return !bench.up("a"); });
  CHECK(machine.health_reason() == "imap: no greeting");
}

TEST_CASE("doubt is settled soon") {
  Bench bench;
  CheckTarget target = bench.target("a");
  target.options.interval_ms = 600;
  bench.monitor->watch({target});
  bench.wait([&] { return bench.prober->probes["a"] == 1; });
  target.machine->report("imap", "cannot connect");
  bench.wait([&] { return bench.prober->probes["a"] == 2; });
}

TEST_CASE("a reload keeps what is known, and drops who is gone") {
  Bench bench;
  bench.monitor->watch({bench.target("a"), bench.target("b")});
  bench.prober->answers = {{"a", "cannot connect"}, {"b", "cannot connect"}};
  bench.wait([&] { return !bench.up("a") && !bench.up("b"); });
  bench.monitor->watch({bench.target("a"), bench.target("c")});
  CHECK_FALSE(bench.up("a"));
  CHECK(bench.up("b"));  // nobody would notice when it is
  CHECK(bench.up("c"));
  bench.machines["b"]->report("imap", "cannot connect");
  bench.prober->answers["a"] = "";
  bench.wait([&] { return bench.up("a"); });
  bench.monitor->watch({});
  CHECK(bench.up("a"));
}

TEST_CASE("checks that run are given up at the end") {
  Bench bench;
  bench.prober->answers["a"] = "hang";
  bench.monitor->watch({bench.target("a")});
  bench.wait([&] { return bench.prober->probes["a"] == 1; });
  bench.monitor->watch({});
  bench.prober->last({"too late"});  // not yet buried
  CHECK(bench.up("a"));
  bench.monitor.reset();
  bench.machines["a"]->report("imap", "cannot connect");
}

TEST_CASE("slow start begins when a backend comes back") {
  Bench bench;
  CheckTarget target = bench.target("a");
  target.slow_start_ms = 1000000;
  bench.monitor->watch({target});
  const Ramp& ramp = target.machine->ramp();
  CHECK(ramp.thousandths(bench.loop.now()) == 1000);
  bench.prober->answers["a"] = "cannot connect";
  bench.wait([&] { return !bench.up("a"); });
  bench.prober->answers["a"] = "";
  bench.wait([&] { return bench.up("a"); });
  CHECK(ramp.thousandths(bench.loop.now()) < 200);
}

TEST_CASE("a login that one backend refuses is that backend's fault") {
  Bench bench;
  bench.monitor->watch({bench.with_login("a"), bench.with_login("b")});
  bench.prober->answers["a"] = "refused";
  bench.wait([&] { return !bench.up("a"); });
  CHECK(bench.machines["a"]->health_reason() == "imap: refused");
  bench.prober->answers["a"] = "";
  bench.wait([&] { return bench.up("a"); });
}

TEST_CASE("a login that nobody accepts is no backend's fault") {
  Bench bench;
  bench.monitor->watch({bench.with_login("a"), bench.with_login("b")});
  bench.wait([&] { return bench.looks("a") > 0 && bench.looks("b") > 0; });
  bench.prober->answers = {{"a", "refused"}, {"b", "refused"}};
  const int looks = bench.looks("a");
  bench.wait([&] {
    return bench.looks("a") > looks + 10 && bench.looks("b") > looks + 10;
  });
  CHECK(bench.died.empty());
  // Other trouble counts as ever.
  bench.prober->answers["b"] = "cannot connect";
  bench.wait([&] { return !bench.up("b"); });
  CHECK(bench.up("a"));
  // And so does a refusal, once somebody accepts the login again.
  bench.prober->answers["b"] = "";
  bench.wait([&] { return !bench.up("a"); });
  CHECK(bench.died == std::vector<std::string>{"b:143", "a:143"});
}
