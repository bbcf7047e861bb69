#include "proxy/net/alarms.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "proxy/net/timer.h"

namespace postern {

Alarms::Alarms(uv_loop_s* loop) : loop_(loop) {
  auto opened = open_handle<uv_timer_t>(
      this, [loop](auto* timer) { return uv_timer_init(loop, timer); });
  assert(opened && "uv_timer_init cannot fail");
  handle_ = std::move(*opened);
}

void Alarms::set(Timer& timer, uint64_t due) {
  const Entry entry{due, numbers_++, &timer};
  if (timer.place_ == Timer::kUnset) {
    heap_.push_back(entry);
    place(heap_.size() - 1, entry);
  } else {
    place(timer.place_, entry);
  }
  rise(timer.place_);
  sink(timer.place_);
  if (timer.place_ == 0 && !ringing_) wind(0);
}

// The handle may ring for nobody then, and is wound anew.
void Alarms::drop(Timer& timer) {
  const size_t hole = std::exchange(timer.place_, Timer::kUnset);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (hole < heap_.size()) {
    place(hole, last);
    rise(hole);
    sink(last.timer->place_);
  }
  if (heap_.empty() && handle_) uv_timer_stop(handle_.get());
}

// Those set meanwhile wait for the next millisecond, even if they are due:
// libuv calls a timer that is due again and again before it looks at anything
// else.
void Alarms::ring_all() {
  ringing_ = true;
  const uint64_t now = uv_now(loop_);
  const uint64_t fresh = numbers_;
  while (!heap_.empty() && heap_[0].due <= now && heap_[0].number < fresh) {
    Timer& timer = *heap_[0].timer;
    drop(timer);
    timer.on_ring();
  }
  ringing_ = false;
  wind(1);
}

void Alarms::wind(uint64_t least) {
  if (heap_.empty()) return;
  const uint64_t now = uv_now(loop_);
  const uint64_t due = heap_[0].due;
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* handle) {
        if (handle->data != nullptr)
          static_cast<Alarms*>(handle->data)->ring_all();
      },
      std::max(due > now ? due - now : 0, least), 0);
}

void Alarms::place(size_t at, const Entry& entry) {
  heap_[at] = entry;
  entry.timer->place_ = at;
}

void Alarms::rise(size_t at) {
  const Entry entry = heap_[at];
  for (; at > 0 && entry.before(heap_[(at - 1) / 2]); at = (at - 1) / 2)
    place(at, heap_[(at - 1) / 2]);
  place(at, entry);
}

void Alarms::sink(size_t at) {
  const Entry entry = heap_[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child]))
      ++child;
    if (child >= heap_.size() || !heap_[child].before(entry)) break;
    place(at, heap_[child]);
    at = child;
  }
  place(at, entry);
}

}  // namespace postern
