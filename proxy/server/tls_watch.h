// Looks every few seconds whether certificates and what belongs to them have
// changed on disk, and has them taken over.  On the main thread, so that a slow
// disk holds up no session.

#pragma once

#include <memory>
#include <set>
#include <string>

#include "proxy/base/log.h"
#include "proxy/net/loop.h"
#include "proxy/net/timer.h"
#include "proxy/server/snapshot.h"

namespace postern {

// Owned by the server, used on the loop's thread.
class TlsWatch {
 public:
  TlsWatch(Loop& loop, Log& log) : log_(log), loop_(loop), timer_(loop) {}

  // From now on `snapshot` is looked after; says which certificates it has, and
  // at once and daily what is wrong with them.
  void follow(std::shared_ptr<const Snapshot> snapshot);
  // Now, and also at what has changed a moment ago.
  void look_at_once() { look(true); }
  void stop() { timer_.stop(); }

 private:
  void wait();
  void warn();
  void look(bool at_once);
  void tell(const std::string& service, const TlsNews& news);

  Log& log_;
  Loop& loop_;
  Timer timer_;
  uint64_t warned_at_ = 0;  // loop's clock
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace postern
