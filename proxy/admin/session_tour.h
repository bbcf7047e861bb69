// Looking at all sessions of all workers, without holding up any of them.

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "proxy/admin/answer.h"
#include "proxy/admin/commands.h"

namespace postern {

// Goes from worker to worker, a few hundred sessions at a time, and on only
// when the client has taken what was found so far: neither a reactor's time nor
// memory grows with the number of sessions.  Who comes or goes meanwhile may or
// may not be seen; who stays is seen once.
class SessionTour : public std::enable_shared_from_this<SessionTour> {
 public:
  // The row for a session, or none if it is not wanted.  On the worker's
  // thread: must not touch anything that changes.
  using Describe = std::function<std::vector<Value>(const Session&)>;
  // All have been seen; on the main thread.
  using Ended = std::function<void(Answer&, uint64_t rows)>;

  static void begin(const Call& call, Describe describe, Ended ended);

  SessionTour(const Call& call, Describe describe, Ended ended);

 private:
  using Rows = std::vector<std::vector<Value>>;
  void visit_next();
  void on_piece(const Rows& rows, uint64_t last, bool all);

  Server& server_;
  const std::shared_ptr<Answer> answer_;
  const Describe describe_;
  const Ended ended_;
  size_t worker_ = 0;
  uint64_t last_ = 0;  // session seen there
  uint64_t rows_ = 0;
};

}  // namespace postern
