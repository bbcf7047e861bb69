// One alarm clock on a loop.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace postern {

class Alarms;
class Loop;

// Owned by whoever waits, used on the loop's thread.  Destroying it cancels it;
// it may be destroyed or started again from inside its own callback.
class Timer {
 public:
  explicit Timer(Loop& loop) : loop_(loop) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Calls `ring` once after `milliseconds`; forgets an earlier start().
  void start(uint64_t milliseconds, std::function<void()> ring);
  void stop();
  bool running() const { return static_cast<bool>(ring_); }

 private:
  friend class Alarms;
  static constexpr size_t kUnset = SIZE_MAX;

  void on_ring();

  Loop& loop_;
  size_t place_ = kUnset;  // among the alarms of the loop, which keep it
  std::function<void()> ring_;
};

}  // namespace postern
