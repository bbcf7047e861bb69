#include "proxy/net/timer.h"

#include <utility>

#include "proxy/net/alarms.h"
#include "proxy/net/loop.h"

namespace postern {

void Timer::start(uint64_t milliseconds, std::function<void()> ring) {
  ring_ = std::move(ring);
  loop_.alarms().set(*this, loop_.now() + milliseconds);
}

void Timer::stop() {
  if (running()) loop_.alarms().drop(*this);
  ring_ = nullptr;
}

void Timer::on_ring() {
  const auto ring = std::exchange(ring_, nullptr);  // survives our destruction
  ring();
}

}  // namespace postern
