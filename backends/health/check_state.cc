#include "backends/health/check_state.h"

#include <utility>

namespace postern {

bool CheckState::good(uint64_t now) {
  if (up_) {
    streak_ = 0;
    return false;
  }
  if (++streak_ < rules_.rise) return false;
  turn(true, now);
  return true;
}

bool CheckState::bad(uint64_t now, std::string why) {
  reason_ = std::move(why);
  if (!up_) {
    streak_ = 0;
    return false;
  }
  if (streak_++ == 0) first_of_streak_ = now;
  const bool enough =
      streak_ >= rules_.fall || now - first_of_streak_ >= rules_.patience_ms;
  if (!enough) return false;
  turn(false, now);
  return true;
}

void CheckState::turn(bool up, uint64_t now) {
  up_ = up;
  streak_ = 0;
  since_ = now;
}

}  // namespace postern
