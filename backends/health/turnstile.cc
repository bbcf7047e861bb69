#include "backends/health/turnstile.h"

#include <algorithm>
#include <utility>

#include "proxy/net/loop.h"

namespace postern {

// `called` is touched on the loop's thread only, the rest under the lock.
struct Turn::State {
  Loop& loop;
  std::function<void()> called;
  bool come = false;
  bool left = false;
};

Turn::~Turn() {
  state_->called = nullptr;
  turnstile_.leave(state_);
}

bool Turn::has_come() const {
  const std::lock_guard lock(turnstile_.mutex_);
  return state_->come;
}

std::unique_ptr<Turn> Turnstile::enter(Loop& loop, uint32_t at_once,
                                       std::function<void()> called) {
  const auto state = std::make_shared<State>(State{loop, std::move(called)});
  const std::lock_guard lock(mutex_);
  at_once_ = at_once;
  if (queue_.empty() && has_room(loop.now())) {
    state->come = true;
    ++connecting_;
  } else if (queue_.size() < kMostWaiting) {
    queue_.push_back(state);
  } else {
    return nullptr;
  }
  return std::unique_ptr<Turn>(new Turn(*this, state));
}

size_t Turnstile::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::ranges::count(queue_, false, &State::left));
}

bool Turnstile::has_room(uint64_t now) const {
  if (at_once_ == 0) return true;
  const uint64_t most = std::max<uint64_t>(
      1, uint64_t{at_once_} * ramp_.thousandths(now) / Ramp::kAll);
  return connecting_ < most;
}

// Who gives up waiting stays in the queue until it is their turn: finding them
// there would take long.
void Turnstile::leave(const std::shared_ptr<State>& state) {
  const std::lock_guard lock(mutex_);
  state->left = true;
  if (state->come) --connecting_;
  const uint64_t now = state->loop.now();
  while (!queue_.empty() && (queue_.front()->left || has_room(now))) {
    const auto next = std::move(queue_.front());
    queue_.pop_front();
    if (next->left) continue;
    next->come = true;
    ++connecting_;
    // Its loop lives as long as its turn, which cannot end before we let go of
    // the lock.
    next->loop.post([next] {
      if (next->called) std::exchange(next->called, nullptr)();
    });
  }
}

}  // namespace postern
