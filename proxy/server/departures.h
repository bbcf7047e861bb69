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
class Session;

// Owned by a worker, on its thread.
class Departures {
 public:
  // Whom to end: the address alone might be another's meanwhile.
  struct Who {
    Session* session;
    uint64_t number;
  };
  // Ends that session, if it is still there.
  using Leave = std::function<void(const Who& who, const std::string& why)>;

  Departures(Loop& loop, Leave leave)
      : loop_(loop), leave_(std::move(leave)), timer_(loop) {}

  void add(uint64_t in_ms, const Who& who, std::string why);
  void clear();

 private:
  struct Departure {
    Who who;
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
