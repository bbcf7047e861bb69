// A reactor: one libuv loop, run by one thread.  Everything that belongs to a
// loop is touched by its thread only; post() is the one exception.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "proxy/base/buffer.h"
#include "proxy/net/fast_lane.h"

struct uv_loop_s;
struct uv_async_s;
struct uv_check_s;
struct uv_idle_s;
struct uv_prepare_s;

namespace postern {

// Whatever may have to be deleted from inside one of its own callbacks.
class Mortal {
 public:
  virtual ~Mortal() = default;
};

class Alarms;
class Stream;

class Loop {
 public:
  Loop();
  ~Loop();  // closes what is left, runs until all is closed, asserts it is
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();       // until stop()
  void run_once();  // one turn, which waits a moment for an event; for tests
  void stop();      // thread-safe

  // Runs `task` on the loop's thread, soon, in order.  Thread-safe.  Tasks
  // still queued when the loop dies are destroyed, not run.
  void post(std::function<void()> task);

  // Deletes `dead` between two turns, when none of its callbacks is running.
  void bury(std::unique_ptr<Mortal> dead);

  // Milliseconds of a clock that never jumps, as of this turn.
  uint64_t now() const;

  // What takes long (a step of a TLS handshake) is done at the end of a turn:
  // one after the other in warm caches, in the order of arrival, and so many a
  // turn that a crowd does not hold up timers and new connections.  Then
  // Stream::take_long_step() is called, unless the stream is forgotten before.
  // False: not in this turn.
  bool queue_long_step(Stream& stream);
  void forget(const Stream& stream) { std::erase(long_steps_, &stream); }

  // There were several in one turn lately.
  bool crowded() const;

  // For those who are not to wait for a turn full of them.
  FastLane& fast_lane() { return fast_lane_; }

  uv_loop_s* uv() { return uv_; }
  Alarms& alarms() { return *alarms_; }

  // Scratch space for one event at a time.  Reading: one large buffer for all
  // streams of the loop.  Writing: borrowed, since events nest.
  Buffer& read_scratch() { return read_scratch_; }
  std::unique_ptr<Buffer> borrow();
  void give_back(std::unique_ptr<Buffer> scratch);

 private:
  void begin_turn();
  void end_turn();
  void run_posted();
  void empty_graveyard();

  uv_loop_s* uv_;
  uv_async_s* wake_;
  uv_prepare_s* prepare_;
  uv_check_s* check_;
  uv_idle_s* no_wait_;
  std::unique_ptr<Alarms> alarms_;
  std::mutex mutex_;  // guards posted_
  std::vector<std::function<void()>> posted_;
  std::vector<std::unique_ptr<Mortal>> graveyard_;
  FastLane fast_lane_;
  std::deque<Stream*> long_steps_;
  uint64_t last_crowd_ = 0;  // loop's clock
  std::vector<std::unique_ptr<Buffer>> spare_;
  Buffer read_scratch_;
};

}  // namespace postern
