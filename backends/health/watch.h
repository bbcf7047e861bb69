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
  // up() did, or a login was tried.
  using Changed = std::function<void()>;

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
  // Nothing is wrong but that the login of the checks has been refused since
  // then, and when it was accepted last; 0: no, never.  By the loop's clock.
  uint64_t refused_since() const { return refused_since_; }
  uint64_t let_in_at() const { return let_in_at_; }

 private:
  void wait();
  void check();
  void learn(const CheckAnswer& answer);
  bool note(const std::string& why);
  uint64_t pause();

  Loop& loop_;
  CheckTarget target_;
  Changed changed_;
  CheckState state_;
  uint64_t refused_since_ = 0;
  uint64_t let_in_at_ = 0;
  Timer timer_;
  std::minstd_rand random_;
  std::unique_ptr<Mortal> probe_;  // while one runs
  // One that has been given up may still answer before it is buried.
  Lifeline life_;
};

}  // namespace postern
