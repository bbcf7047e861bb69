// The time of day, where a moment must be told to people.  What is measured
// goes by the loops' clock, which never jumps.

#pragma once

#include <chrono>
#include <cstdint>

namespace postern {

inline uint64_t milliseconds_since_1970() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace postern
