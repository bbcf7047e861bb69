// Slow start: how much of its usual share a machine may be given that has just
// come back.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace postern {

// Thread-safe.  Milliseconds of the loops' clock.
class Ramp {
 public:
  static constexpr uint32_t kAll = 1000;   // thousandths
  static constexpr uint32_t kLeast = 100;  // to begin with

  void start(uint64_t now, uint64_t duration) {
    from_ = now;
    duration_ = duration;
  }

  uint32_t thousandths(uint64_t now) const {
    const uint64_t duration = duration_;
    if (duration == 0) return kAll;
    // Loops are some milliseconds apart.
    const uint64_t from = from_;
    const uint64_t spent = now > from ? now - from : 0;
    if (spent >= duration) return kAll;
    return kLeast + static_cast<uint32_t>((kAll - kLeast) * spent / duration);
  }

 private:
  std::atomic<uint64_t> from_ = 0;
  std::atomic<uint64_t> duration_ = 0;  // 0: no ramp
};

}  // namespace postern
