#include "proxy/net/timer.h"

#include <cassert>
#include <utility>

#include "proxy/net/loop.h"

namespace postern {

void Timer::start(uint64_t milliseconds, std::function<void()> ring) {
  if (!handle_) {
    auto opened = open_handle<uv_timer_t>(
        this, [this](auto* timer) { return uv_timer_init(loop_.uv(), timer); });
    assert(opened && "uv_timer_init cannot fail");
    handle_ = std::move(*opened);
  }
  ring_ = std::move(ring);
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* timer) { static_cast<Timer*>(timer->data)->on_ring(); },
      milliseconds, 0);
}

void Timer::stop() {
  if (handle_) uv_timer_stop(handle_.get());
  ring_ = nullptr;
}

void Timer::on_ring() {
  const auto ring = std::exchange(ring_, nullptr);  // survives our destruction
  ring();
}

}  // namespace postern
