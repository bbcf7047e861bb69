#include "proxy/session/offers.h"

#include <algorithm>

#include "proxy/protocol/word_list.h"

namespace postern {

void Offers::note(const std::string& backend, const std::string& offered,
                  uint64_t now) {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(backend);
  if (found != seen_.end() && found->second.offered == offered) {
    found->second.at = now;
    return;
  }
  if (found == seen_.end() && seen_.size() >= kMostBackends) forget_oldest();
  seen_[backend] = {offered, now};
  common_until_ = 0;
}

void Offers::forget_oldest() {
  seen_.erase(std::ranges::min_element(
      seen_, {}, [](const auto& each) { return each.second.at; }));
}

std::optional<std::string> Offers::of(const std::string& backend,
                                      uint64_t now) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(backend);
  if (found == seen_.end() || now >= found->second.at + kFresh)
    return std::nullopt;
  return found->second.offered;
}

std::shared_ptr<const std::string> Offers::common(uint64_t now) const {
  const std::lock_guard lock(mutex_);
  if (now < common_until_) return common_;
  std::optional<std::string> words;
  uint64_t oldest = now;
  for (const auto& [backend, seen] : seen_) {
    if (now >= seen.at + kFresh) continue;
    oldest = std::min(oldest, seen.at);
    words = words ? common_words(*words, seen.offered) : seen.offered;
  }
  common_ =
      words ? std::make_shared<const std::string>(std::move(*words)) : nullptr;
  common_until_ = words ? oldest + kFresh : 0;
  return common_;
}

}  // namespace postern
