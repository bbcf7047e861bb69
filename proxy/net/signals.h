// Unix signals as events of a loop.

#pragma once

#include <functional>

#include "proxy/net/handle.h"

namespace postern {

class Loop;

// One signal number; the callback runs on the loop's thread.
class SignalWatcher {
 public:
  SignalWatcher(Loop& loop, int number, std::function<void()> caught);

 private:
  std::function<void()> caught_;
  Handle<uv_signal_t> handle_;
};

}  // namespace postern
