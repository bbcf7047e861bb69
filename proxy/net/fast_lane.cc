#include "proxy/net/fast_lane.h"

#include <cassert>
#include <sys/epoll.h>
#include <unistd.h>

#include "proxy/net/stream.h"

namespace postern {
namespace {

constexpr int kMostAtOnce = 64;

}  // namespace

FastLane::FastLane() : set_(epoll_create1(EPOLL_CLOEXEC)) {
  assert(set_ >= 0);
}

FastLane::~FastLane() {
  close(set_);
}

FastLane::Place FastLane::enter(Stream& stream, int socket) {
  if (free_.empty()) {
    free_.push_back(static_cast<Place>(places_.size()));
    places_.push_back(nullptr);
  }
  const Place place = free_.back();
  free_.pop_back();
  places_[place] = &stream;
  epoll_event event{};
  // Edges: who is not read here is not reported again and again.
  event.events = EPOLLIN | EPOLLET;
  event.data.u32 = place;
  // Without memory for it the stream is read in libuv's turns only.
  epoll_ctl(set_, EPOLL_CTL_ADD, socket, &event);
  return place;
}

void FastLane::leave(Place place) {
  places_[place] = nullptr;
  free_.push_back(place);
}

void FastLane::look() {
  if (places_.size() == free_.size()) return;
  short_steps_ = 0;
  epoll_event ready[kMostAtOnce];
  const int count = epoll_wait(set_, ready, kMostAtOnce, 0);
  for (int i = 0; i < count; ++i) {
    // One that is read may be the end of the next.
    Stream* const stream = places_[ready[i].data.u32];
    if (stream != nullptr) stream->read_now();
  }
}

}  // namespace postern
