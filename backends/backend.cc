#include "backends/backend.h"

#include <algorithm>
#include <utility>

namespace postern {

std::atomic<uint64_t> BackendState::changes_ = 0;

std::optional<uint32_t> BackendState::weight() const {
  const int64_t weight = weight_;
  if (weight == kAsConfigured) return std::nullopt;
  return static_cast<uint32_t>(weight);
}

void BackendState::set_weight(std::optional<uint32_t> weight) {
  weight_ = weight ? static_cast<int64_t>(*weight) : kAsConfigured;
  ++changes_;
}

void BackendState::set_drain(Drain drain) {
  drain_ = drain;
  ++changes_;
}

void BackendState::take_down(bool down) {
  taken_down_ = down;
  ++changes_;
}

bool BackendState::administered() const {
  return weight() || drain() != Drain::No || taken_down();
}

bool BackendState::set_health(bool up, std::string reason) {
  const std::lock_guard lock(mutex_);
  reason_ = std::move(reason);
  return healthy_.exchange(up) != up;
}

std::string BackendState::health_reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

uint64_t BackendState::spread_loss(uint64_t now, uint64_t spread_ms) {
  constexpr uint64_t kFew = 10;
  constexpr uint64_t kSecond = 1000;
  if (spread_ms == 0) return 0;
  const std::lock_guard lock(mutex_);
  if (now >= losses_since_ + kSecond) {
    losses_since_ = now;
    losses_ = 0;
    sessions_then_ = sessions_;
  }
  ++losses_;
  const uint64_t at_once = std::max(kFew, sessions_then_ / 10);
  if (losses_ <= at_once) return 0;
  const uint64_t others = std::max<uint64_t>(sessions_then_, losses_) - at_once;
  return (losses_ - at_once) * spread_ms / others;
}

std::string Backend::why_down() const {
  if (state_->taken_down()) return "taken down by the administrator";
  if (state_->healthy()) return {};
  const std::string reason = state_->health_reason();
  return reason.empty() ? "down" : "down: " + reason;
}

}  // namespace postern
