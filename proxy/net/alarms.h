// All alarm clocks of a loop behind one handle of libuv.  A session has several
// of them: with a handle for each, opening and closing handles would cost more
// memory and time than all else that a session keeps for itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "proxy/net/handle.h"

struct uv_loop_s;

namespace postern {

class Timer;

// Part of a loop, on its thread.  Keeps the loop running while one is set.
class Alarms {
 public:
  explicit Alarms(uv_loop_s* loop);

  // Rings at `due` (loop's clock); alarms for the same time ring in the order
  // they were set.
  void set(Timer& timer, uint64_t due);
  void drop(Timer& timer);
  // The handle is gone when the loop has run once more.  Nothing rings any
  // more, and nothing may be set.
  void close() { handle_.reset(); }

 private:
  struct Entry {
    uint64_t due;
    uint64_t number;  // in order of set()
    Timer* timer;

    bool before(const Entry& other) const {
      return due != other.due ? due < other.due : number < other.number;
    }
  };

  void ring_all();
  // The handle, to the earliest alarm, but not before `least` milliseconds.
  void wind(uint64_t least);
  // A binary heap; timers know their place in it.
  void place(size_t at, const Entry& entry);
  void rise(size_t at);
  void sink(size_t at);

  uv_loop_s* loop_;
  Handle<uv_timer_t> handle_;
  std::vector<Entry> heap_;
  uint64_t numbers_ = 0;
  bool ringing_ = false;
};

}  // namespace postern
