// Sessions at work go before sessions that log in: between two steps that take
// long, what has arrived for them is read, so that they wait for one such step
// and not for a turn full of them.

#pragma once

#include <cstdint>
#include <vector>

namespace postern {

class Stream;

// Owned by a loop, on its thread.  An epoll set of its own, beside libuv's:
// whatever is missed here libuv finds in its next turn.
class FastLane {
 public:
  using Place = uint32_t;

  FastLane();
  ~FastLane();
  FastLane(const FastLane&) = delete;
  FastLane& operator=(const FastLane&) = delete;

  // Stream::read_now() is called when something arrives, until leave().
  Place enter(Stream& stream, int socket);
  void leave(Place place);

  // A step is over.  Short ones count only when there were many of them.
  void after_long_step() { look(); }
  void after_short_step() {
    if (++short_steps_ == kShortSteps) look();
  }
  // libuv has just looked itself.
  void begin_turn() { short_steps_ = 0; }

 private:
  static constexpr int kShortSteps = 16;

  void look();

  int set_;
  int short_steps_ = 0;
  // The kernel may go on reporting a socket that is closed here, as long as a
  // child process holds it, so it is told the place and not where the stream
  // is. At worst another one is read for nothing.
  std::vector<Stream*> places_;  // null: free
  std::vector<Place> free_;
};

}  // namespace postern
