// How a fuzz target says that something must never happen.

#pragma once

#include <cstdio>
#include <cstdlib>

namespace postern::fuzz {

inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace postern::fuzz
