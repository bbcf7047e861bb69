// Moves users from one backend to another, step by step:
//
//   sessions told to leave -> all have left -> user_kick_delay
//     -> user_move_script -> saved -> the new backend serves
//
// A user whose backend died takes the same way without script and saving, and
// waits only if sessions had to be cut off.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "backends/affinity.h"
#include "proxy/base/result.h"
#include "proxy/net/timer.h"

namespace postern {

class Log;
class Loop;

struct MoveOptions {
  uint64_t kick_delay_ms = 2000;  // between the last session and the new place
  // How long logins wait for a move, and a move for sessions to end.
  uint64_t timeout_ms = 30000;
  size_t most = 100;  // at once, ordered by an administrator
};

// On the Director's thread.
class Mover {
 public:
  struct Order {
    std::shared_ptr<Affinity> table;
    std::string user;  // the key
    std::shared_ptr<Backend> to;
  };
  using Moved = std::function<void(Status)>;

  Mover(Loop& loop, Log* log) : loop_(loop), log_(log) {}
  ~Mover();
  Mover(const Mover&) = delete;
  Mover& operator=(const Mover&) = delete;

  void set_options(MoveOptions options) { options_ = std::move(options); }

  void move(Order order, Moved done);
  // See Affinity::Vacated.
  void on_vacated(const std::shared_ptr<Affinity>& table,
                  const std::string& user, bool by_admin);

 private:
  using Key = std::pair<std::string, std::string>;  // pool, user
  struct Job {
    Job(Loop& loop, Order wanted, Moved answer)
        : order(std::move(wanted)), done(std::move(answer)), timer(loop) {}
    Order order;
    Moved done;
    std::string from;
    Timer timer;
  };

  void give_up(const Key& key);
  void finish(const Key& key);
  void log(const char* event, const Job& job, const std::string& reason) const;

  Loop& loop_;
  Log* const log_;
  MoveOptions options_;
  std::map<Key, std::unique_ptr<Job>> jobs_;
  size_t ordered_ = 0;  // of them, by an administrator
};

}  // namespace postern
