// Decides that a backend is down, and that it is up again: by checks of its
// own, and by what real logins find out.  It only ever says so in BackendState;
// the administrator's weight, drain and down are none of its business.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backends/health/check.h"
#include "proxy/base/lifeline.h"

namespace postern {

class Log;
class Watch;

// Lives on one loop, used on its thread only.  Owned by the server; outlives
// configurations.
class Monitor {
 public:
  // A machine that was up is not any more.
  using Died = std::function<void(const std::shared_ptr<BackendState>&)>;

  Monitor(Loop& loop, Log& log, Died died = nullptr);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // From now on these and no others are checked.  What is known of those that
  // stay goes on; machines that are checked no more count as up.
  void watch(std::vector<CheckTarget> targets);

 private:
  struct Machine;
  using Machines = std::vector<std::unique_ptr<Machine>>;

  Machine* find(const BackendState* state) const;
  Machine& machine_of(const CheckTarget& target, const Machines& before);
  std::unique_ptr<Watch> watch_of(CheckTarget target, const Machines& before);
  void listen_to(const std::shared_ptr<BackendState>& state);
  void hear(const BackendState* state, const std::string& service,
            const std::string& why);
  void judge_pool(const std::string& pool);
  uint64_t let_in_at(const std::string& pool) const;
  void judge(Machine& machine, uint64_t let_in);
  void report_excuse(const Machine& machine, const Watch& watch);
  void turn(Machine& machine, const Watch* failed);

  Loop& loop_;
  Log& log_;
  Died died_;
  Lifeline life_;
  Machines machines_;
};

}  // namespace postern
