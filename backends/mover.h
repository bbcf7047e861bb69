// Moves users from one backend to another, step by step:
//
//   noted in the state file -> sessions told to leave -> all have left
//     -> user_kick_delay -> user_move_script -> saved -> the new one serves
//
// A process that dies on the way leaves the user where they were: nothing but
// the last step counts.  A user whose backend died takes the same way without
// script and saving, and only if sessions had to be cut off.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/affinity.h"
#include "backends/state_file.h"
#include "proxy/base/result.h"
#include "proxy/net/process.h"
#include "proxy/net/timer.h"

namespace postern {

class Log;
class Loop;

struct MoveOptions {
  uint64_t kick_delay_ms = 2000;  // between the last session and the new place
  // How long logins wait for a move, and a move for sessions to end.
  uint64_t timeout_ms = 30000;
  size_t most = 100;   // at once, ordered by an administrator
  std::string script;  // run with user, old and new backend; empty: none
  uint64_t script_ms = 20000;
};

// How an order was carried out.  It is in force in any case.
struct Receipt {
  std::string not_saved;  // why it will not outlive the process; empty: it will
};

// One that an administrator ordered, and that is not over yet.
struct MoveUnderWay {
  std::string pool;
  std::string user;
  std::string from;  // empty: nowhere
  std::string to;
  std::string_view step;
  uint64_t for_ms = 0;
};

// On the Director's thread.
class Mover {
 public:
  struct Order {
    std::shared_ptr<Affinity> table;
    std::string user;  // the key
    std::shared_ptr<Backend> to;
  };
  // Not called of moves that are under way when the Mover ends.
  using Moved = std::function<void(Result<Receipt>)>;
  // Saves, then says what went wrong, or nothing.
  using Keep = std::function<void(StateRows, StateFile::Saved)>;

  Mover(Loop& loop, Log* log, Keep keep)
      : loop_(loop), log_(log), keep_(std::move(keep)) {}
  ~Mover();
  Mover(const Mover&) = delete;
  Mover& operator=(const Mover&) = delete;

  void set_options(MoveOptions options) { options_ = std::move(options); }

  void move(Order order, Moved moved);
  std::vector<MoveUnderWay> moves() const;
  // See Affinity::Vacated.
  void on_vacated(const std::shared_ptr<Affinity>& table,
                  const std::string& user, bool by_admin);

 private:
  using Key = std::pair<std::string, std::string>;  // pool, user
  struct Job {
    Job(Loop& loop, Order wanted, Moved answer)
        : order(std::move(wanted)), moved(std::move(answer)), timer(loop) {}
    Order order;
    Moved moved;
    std::string from;
    uint64_t since = 0;
    std::string_view step = "is noted";
    bool leaving = false;  // its sessions have been told, not all have left
    Timer timer;
    std::unique_ptr<Process> script;
  };

  Job* find(const Key& key);
  std::unique_ptr<Job> take(const Key& key);  // out of jobs_
  Status admit(const Key& key) const;
  void begin(const Key& key);
  void run_script(const Key& key);
  void on_script(const Key& key, const Status& ended);
  void save(const Key& key);
  void finish(const Key& key, const std::string& trouble);
  void fail(const Key& key, Error why);
  void delay(const std::shared_ptr<Affinity>& table, const Key& key);
  void log(const char* event, const Job& job, const std::string& reason) const;

  Loop& loop_;
  Log* const log_;
  const Keep keep_;
  MoveOptions options_;
  std::map<Key, std::unique_ptr<Job>> jobs_;      // ordered by an administrator
  std::map<Key, std::unique_ptr<Timer>> delays_;  // of those whom nobody moves
};

}  // namespace postern
