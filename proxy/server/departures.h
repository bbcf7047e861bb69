// Sessions that are to be ended, each at its time: a thousand clients that come
// back at once are worse than what they were sent away for.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "proxy/net/timer.h"

namespace postern {

class Loop;

// Owned by a worker, on its thread.
class Departures {
 public:
  // Ends the session of that number, if it is still there.
  using Leave = std::function<void(uint64_t session, const std::string& why)>;

  Departures(Loop& loop, Leave leave)
      : loop_(loop), leave_(std::move(leave)), timer_(loop) {}

  void add(uint64_t in_ms, uint64_t session, std::string why);
  void clear();

 private:
  struct Departure {
    uint64_t session;
    std::string why;
  };

  void wind_up();
  void on_time();

  Loop& loop_;
  const Leave leave_;
  Timer timer_;
  std::multimap<uint64_t, Departure> due_;  // by the loop's clock
};

}  // namespace postern
