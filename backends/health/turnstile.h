// How many logins may be connecting to a machine at once; the others wait for
// their turn.  Two thousand clients that come back together are no reason for a
// machine that has just come back to go down again.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "backends/health/ramp.h"

namespace postern {

class Loop;
class Turnstile;

// One login's turn, or its place in the queue.  Owned by the login, on its
// loop's thread; letting go of it gives it up.
class Turn {
 public:
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  bool has_come() const;

 private:
  friend class Turnstile;
  struct State;
  Turn(Turnstile& turnstile, std::shared_ptr<State> state)
      : turnstile_(turnstile), state_(std::move(state)) {}

  Turnstile& turnstile_;
  const std::shared_ptr<State> state_;
};

// Thread-safe: one short lock.  Outlives its turns.
class Turnstile {
 public:
  static constexpr size_t kMostWaiting = 10000;

  // While `ramp` climbs it lets fewer through.
  explicit Turnstile(const Ramp& ramp) : ramp_(ramp) {}

  // `at_once` counts from now on for all (0: no limit).  If the turn has not
  // come yet, `called` will be, on `loop`, unless the turn is given up before.
  // nullptr: too many wait already.
  std::unique_ptr<Turn> enter(Loop& loop, uint32_t at_once,
                              std::function<void()> called);

  size_t waiting() const;

 private:
  friend class Turn;
  using State = Turn::State;

  void leave(const std::shared_ptr<State>& state);
  bool has_room(uint64_t now) const;

  const Ramp& ramp_;
  mutable std::mutex mutex_;  // guards all below, and the states
  uint32_t at_once_ = 0;
  uint32_t connecting_ = 0;
  std::deque<std::shared_ptr<State>> queue_;
};

}  // namespace postern
