// Where configurations go that a reload has replaced.  Taking down maps, with
// their rows in memory and their threads, may take long: it is done here, on
// the main thread, not by whichever worker lets go last.

#pragma once

#include <memory>
#include <vector>

#include "proxy/net/timer.h"
#include "proxy/server/snapshot.h"

namespace postern {

// Owned by the server, on its thread.
class Retirement {
 public:
  explicit Retirement(Loop& loop) : timer_(loop) {}

  // It goes when no session is logging in by it any more.
  void take(std::shared_ptr<const Snapshot> old);

 private:
  void drop_unused();

  Timer timer_;
  std::vector<std::shared_ptr<const Snapshot>> retired_;
};

}  // namespace postern
