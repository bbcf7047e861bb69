#include "backends/health/monitor.h"

#include <algorithm>
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

  const Watch* failed() const {
    const auto found = std::ranges::find_if(
        watches, [](const auto& each) { return !each->state().up(); });
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
  for (const auto& machine : machines_)
    judge(machine->state.get());
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
  const BackendState* const state = target.machine.get();
  return std::make_unique<Watch>(loop_, std::move(target),
                                 [this, state] { judge(state); });
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

void Monitor::judge(const BackendState* state) {
  Machine& machine = *find(state);
  const Watch* const failed = machine.failed();
  if (machine.up == (failed == nullptr)) return;
  turn(machine, failed);
  if (failed != nullptr && died_) died_(machine.state);
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
