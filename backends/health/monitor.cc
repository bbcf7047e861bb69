#include "backends/health/monitor.h"

#include <algorithm>
#include <set>
#include <utility>

#include "backends/health/watch.h"
#include "proxy/base/log.h"

namespace postern {

// All the ways into it count: a user's sessions of all protocols are to be on
// one machine, so one that cannot serve them all is no home.
struct Monitor::Machine {
  std::shared_ptr<BackendState> state;
  std::vector<std::unique_ptr<Watch>> watches;
  uint64_t slow_start_ms = 0;
  bool up = true;
  uint64_t since = 0;
  bool excused = false;

  // The first that is down; `counts` says of which that is held against it.
  template <class Counts>
  const Watch* failed(Counts counts) const {
    const auto found = std::ranges::find_if(watches, [&](const auto& each) {
      return !each->state().up() && counts(*each);
    });
    return found == watches.end() ? nullptr : found->get();
  }
};

Monitor::Monitor(Loop& loop, Log& log, Died died)
    : loop_(loop), log_(log), died_(std::move(died)) {}

Monitor::~Monitor() {
  for (const auto& machine : machines_)
    machine->state->listen(nullptr);
}

void Monitor::watch(std::vector<CheckTarget> targets) {
  const Machines before = std::exchange(machines_, {});
  for (CheckTarget& target : targets) {
    Machine& machine = machine_of(target, before);
    machine.watches.push_back(watch_of(std::move(target), before));
  }
  for (const auto& old : before) {
    if (find(old->state.get()) != nullptr) continue;
    // Nobody would find out when it is up again.
    old->state->listen(nullptr);
    old->state->set_health(true, {});
  }
  std::set<std::string> pools;
  for (const auto& machine : machines_)
    pools.insert(machine->state->pool());
  for (const std::string& pool : pools)
    judge_pool(pool);
}

Monitor::Machine* Monitor::find(const BackendState* state) const {
  const auto found = std::ranges::find_if(
      machines_, [&](const auto& each) { return each->state.get() == state; });
  return found == machines_.end() ? nullptr : found->get();
}

Monitor::Machine& Monitor::machine_of(const CheckTarget& target,
                                      const Machines& before) {
  if (Machine* known = find(target.machine.get())) return *known;
  auto machine = std::make_unique<Machine>();
  machine->state = target.machine;
  machine->slow_start_ms = target.slow_start_ms;
  machine->since = loop_.now();
  for (const auto& old : before) {
    if (old->state != target.machine) continue;
    machine->up = old->up;
    machine->since = old->since;
  }
  listen_to(target.machine);
  return *machines_.emplace_back(std::move(machine));
}

std::unique_ptr<Watch> Monitor::watch_of(CheckTarget target,
                                         const Machines& before) {
  for (const auto& old : before) {
    if (old->state != target.machine) continue;
    for (auto& watch : old->watches)
      if (watch && watch->name() == target.services.front()) {
        watch->change_target(std::move(target));
        return std::move(watch);
      }
  }
  const std::string pool = target.machine->pool();
  return std::make_unique<Watch>(loop_, std::move(target),
                                 [this, pool] { judge_pool(pool); });
}

// Logins are on other threads.  They report trouble, and the first success
// behind it.
void Monitor::listen_to(const std::shared_ptr<BackendState>& state) {
  const auto here = life_.guard(
      [this](const BackendState* which, const std::string& service,
             const std::string& why) { hear(which, service, why); });
  state->listen([&loop = loop_, here, which = state.get()](
                    const std::string& service, const std::string& why) {
    loop.post([here = here, which, service, why]() mutable {
      here(which, service, why);
    });
  });
}

void Monitor::hear(const BackendState* state, const std::string& service,
                   const std::string& why) {
  Machine* const machine = find(state);
  if (machine == nullptr) return;
  for (const auto& watch : machine->watches)
    if (watch->is_way_of(service)) return watch->hear(why);
}

void Monitor::judge_pool(const std::string& pool) {
  const uint64_t let_in = let_in_at(pool);
  for (const auto& machine : machines_)
    if (machine->state->pool() == pool) judge(*machine, let_in);
}

// When a backend of the pool accepted the login of the checks last.
uint64_t Monitor::let_in_at(const std::string& pool) const {
  uint64_t last = 0;
  for (const auto& machine : machines_) {
    if (machine->state->pool() != pool) continue;
    for (const auto& watch : machine->watches)
      last = std::max(last, watch->let_in_at());
  }
  return last;
}

// A login that nobody accepts any more says more of its password than of the
// backends: it must not put an end to a whole pool.
void Monitor::judge(Machine& machine, uint64_t let_in) {
  const Watch* const failed = machine.failed([let_in](const Watch& watch) {
    return watch.refused_since() == 0 || watch.refused_since() < let_in;
  });
  const Watch* const down = machine.failed([](const Watch&) { return true; });
  const bool excused = failed == nullptr && down != nullptr;
  if (excused && !machine.excused) report_excuse(machine, *down);
  machine.excused = excused;
  if (machine.up == (failed == nullptr)) return;
  turn(machine, failed);
  if (failed != nullptr && died_) died_(machine.state);
}

void Monitor::report_excuse(const Machine& machine, const Watch& watch) {
  log_.event(LogLevel::Warning,
             LogLine("check_refused")
                 .add("pool", machine.state->pool())
                 .add("backend", machine.state->name())
                 .add("reason", watch.name() + ": " + watch.state().reason())
                 .add("detail",
                      "no backend of the pool accepts the login of "
                      "check_user: none is taken to be down for it"));
}

void Monitor::turn(Machine& machine, const Watch* failed) {
  const uint64_t now = loop_.now();
  const uint64_t lasted = now - machine.since;
  machine.up = failed == nullptr;
  machine.since = now;
  LogLine line(machine.up ? "backend_up" : "backend_down");
  line.add("pool", machine.state->pool()).add("backend", machine.state->name());
  if (machine.up) {
    if (machine.slow_start_ms != 0)
      machine.state->start_slowly(now, machine.slow_start_ms);
    machine.state->set_health(true, {});
    line.add_seconds("down_for", lasted);
  } else {
    const std::string why = failed->name() + ": " + failed->state().reason();
    machine.state->set_health(false, why);
    line.add("reason", why).add_seconds("up_for", lasted);
  }
  log_.event(machine.up ? LogLevel::Notice : LogLevel::Warning, line);
}

}  // namespace postern
