#include "backends/backend.h"

#include <algorithm>
#include <utility>

namespace postern {
namespace {

// Of all machines.
std::atomic<uint64_t> change_count = 0;

}  // namespace

uint64_t BackendState::changes() {
  return change_count;
}

std::optional<uint32_t> BackendState::weight() const {
  const int64_t weight = weight_;
  if (weight == kAsConfigured) return std::nullopt;
  return static_cast<uint32_t>(weight);
}

void BackendState::set_weight(std::optional<uint32_t> weight) {
  weight_ = weight ? static_cast<int64_t>(*weight) : kAsConfigured;
  ++change_count;
}

void BackendState::set_drain(Drain drain) {
  drain_ = drain;
  ++change_count;
}

void BackendState::take_down(bool down) {
  taken_down_ = down;
  ++change_count;
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

void BackendState::listen(Listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void BackendState::report(const std::string& service, const std::string& why) {
  // Nearly all reports are good news of what nobody has doubted.
  if (why.empty() && !suspected_.load(std::memory_order_relaxed)) return;
  suspected_ = !why.empty();
  const std::lock_guard lock(mutex_);
  if (listener_) listener_(service, why);
}

std::optional<Seat> Seat::take(std::shared_ptr<BackendState> at,
                               uint32_t most) {
  const uint32_t before = at->seats_.fetch_add(1);
  Seat seat(std::move(at));
  if (most != 0 && before >= most) return std::nullopt;
  return seat;
}

Seat::~Seat() {
  give_back();
}

Seat& Seat::operator=(Seat&& other) noexcept {
  give_back();
  at_ = std::move(other.at_);
  return *this;
}

void Seat::give_back() {
  if (const auto at = std::exchange(at_, nullptr)) --at->seats_;
}

std::string Backend::why_down() const {
  if (state_->taken_down()) return "taken down by the administrator";
  if (state_->healthy()) return {};
  const std::string reason = state_->health_reason();
  return reason.empty() ? "down" : "down: " + reason;
}

}  // namespace postern
