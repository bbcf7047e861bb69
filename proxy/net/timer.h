// One alarm clock on a loop.

#pragma once

#include <cstdint>
#include <functional>

#include "proxy/net/handle.h"

namespace postern {

class Loop;

// Owned by whoever waits, used on the loop's thread.  Destroying it cancels it;
// it may be destroyed or started again from inside its own callback.
class Timer {
 public:
  explicit Timer(Loop& loop) : loop_(loop) {}

  // Calls `ring` once after `milliseconds`; forgets an earlier start().
  void start(uint64_t milliseconds, std::function<void()> ring);
  void stop();
  bool running() const { return static_cast<bool>(ring_); }

 private:
  void on_ring();

  Loop& loop_;
  Handle<uv_timer_t> handle_;  // opened at the first start()
  std::function<void()> ring_;
};

}  // namespace postern
