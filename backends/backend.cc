#include "backends/backend.h"

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

std::string Backend::why_down() const {
  if (state_->taken_down()) return "taken down by the administrator";
  if (state_->healthy()) return {};
  const std::string reason = state_->health_reason();
  return reason.empty() ? "down" : "down: " + reason;
}

}  // namespace postern
