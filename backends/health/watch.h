// The series of checks of one backend by one service's way.

#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>

#include "backends/health/check.h"
#include "backends/health/check_state.h"
#include "proxy/base/lifeline.h"
#include "proxy/net/timer.h"

namespace postern {

// Owned by the Monitor, on its loop.
class Watch {
 public:
  using Changed = std::function<void()>;  // up() did

  Watch(Loop& loop, CheckTarget target, Changed changed);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Takes over what a new configuration says.  A check that runs goes on.
  void change_target(CheckTarget target);

  // What a real login found out; empty: that all is well.
  void hear(const std::string& why);

  const std::string& name() const { return target_.services.front(); }
  bool is_way_of(const std::string& service) const;
  const CheckState& state() const { return state_; }

 private:
  void wait();
  void check();
  void learn(const std::string& why);
  uint64_t pause();

  Loop& loop_;
  CheckTarget target_;
  Changed changed_;
  CheckState state_;
  Timer timer_;
  std::minstd_rand random_;
  std::unique_ptr<Mortal> probe_;  // while one runs
  // One that has been given up may still answer before it is buried.
  Lifeline life_;
};

}  // namespace postern
