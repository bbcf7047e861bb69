#include "proxy/net/signals.h"

#include <cassert>
#include <utility>

#include "proxy/net/loop.h"

namespace postern {

SignalWatcher::SignalWatcher(Loop& loop, int number,
                             std::function<void()> caught)
    : caught_(std::move(caught)) {
  auto opened = open_handle<uv_signal_t>(
      this, [&loop](auto* each) { return uv_signal_init(loop.uv(), each); });
  assert(opened && "uv_signal_init fails only without descriptors at start");
  handle_ = std::move(*opened);
  uv_signal_start(
      handle_.get(),
      [](uv_signal_t* handle, int) {
        if (handle->data != nullptr)
          static_cast<SignalWatcher*>(handle->data)->caught_();
      },
      number);
}

}  // namespace postern
