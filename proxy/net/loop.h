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

struct uv_loop_s;
struct uv_async_s;
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

  // What takes long (a TLS handshake) is done in rations, so many a turn, so
  // that a crowd of it does not hold up everybody else.  False: no more of it
  // in this turn, or others have waited longer.
  bool take_ration();
  // Then: Stream::on_ration() is called in a later turn, in the order of
  // arrival, unless the stream is forgotten before.
  void wait_for_ration(Stream& hungry) { hungry_.push_back(&hungry); }
  void forget(const Stream& hungry) { std::erase(hungry_, &hungry); }

  uv_loop_s* uv() { return uv_; }
  Alarms& alarms() { return *alarms_; }

  // Scratch space for one event at a time.  Reading: one large buffer for all
  // streams of the loop.  Writing: borrowed, since events nest.
  Buffer& read_scratch() { return read_scratch_; }
  std::unique_ptr<Buffer> borrow();
  void give_back(std::unique_ptr<Buffer> scratch);

 private:
  void begin_turn();
  void deal_rations();
  void run_posted();
  void empty_graveyard();

  uv_loop_s* uv_;
  uv_async_s* wake_;
  uv_prepare_s* prepare_;
  std::unique_ptr<Alarms> alarms_;
  std::mutex mutex_;  // guards posted_
  std::vector<std::function<void()>> posted_;
  std::vector<std::unique_ptr<Mortal>> graveyard_;
  uint64_t turn_began_ = 0;     // loop's clock
  int rations_ = 0;             // left in this turn
  std::deque<Stream*> hungry_;  // nobody waits while there are any
  std::vector<std::unique_ptr<Buffer>> spare_;
  Buffer read_scratch_;
};

}  // namespace postern
