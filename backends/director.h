// What the process knows of its backends and of where users live, and what an
// administrator may do about it.  It outlives configurations; what is to
// outlive the process too is in its state file.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backends/kick_order.h"
#include "backends/mover.h"
#include "backends/pool.h"
#include "backends/pool_memory.h"
#include "proxy/net/loop.h"

namespace postern {

class Log;
class LogLine;

struct DirectorOptions {
  MoveOptions moves;
  std::string state_file;                   // read at start; empty: none
  uint64_t user_expire_ms = kUserExpireMs;  // of pools that say nothing
  // Over how long the disconnects of a backend that died are spread.
  uint64_t disconnect_spread_ms = 10000;
};

// Thread-safe.  Owned by the server, outlives workers and snapshots.  Orders
// are carried out by a thread of its own, one after the other; an answer comes
// on that thread, once, as soon as the change is on disk or cannot be (and not
// at all if the process ends before).
// Nothing here ever makes a session's thread wait.
class Director {
 public:
  using Answer = std::function<void(Result<Receipt>)>;
  // Ends sessions of all workers; soon, on any thread.
  using Kick = std::function<void(const KickOrder&)>;

  explicit Director(Log* log = nullptr);  // nullptr: says nothing
  ~Director();
  Director(const Director&) = delete;
  Director& operator=(const Director&) = delete;

  // Reads a state file and brings what it says into force.  In trouble nothing
  // of it is, and the configuration alone rules.  May wait for a lock.
  Status recall(const std::string& state_file);

  // Its thread.  A state file is read and, from now on, written.
  void start(const std::string& state_file, Kick kick);
  // Ends its thread: no order is carried out from now on.
  void stop();
  // A configuration takes effect.
  void adopt(DirectorOptions options, Pools pools);

  PoolMemory& memory() { return memory_; }
  Roster& roster() { return memory_.roster(); }
  // Of the configuration in effect; nullptr if there is none.
  std::shared_ptr<Pool> pool(std::string_view name) const;
  Pools pools() const;
  DirectorOptions options() const;
  // What is wrong with the state file, in words; empty: nothing, or there is
  // none.  On the thread that starts and adopts.
  std::string state_trouble() const;

  // --- users
  // ------------------------------------------------------------------- `user`
  // is a name; Fault::Denied: the pool is not sticky, or has no such backend,
  // or that one is down.

  // An override: the user lives at `backend` from now on.  Sessions elsewhere
  // are ended first, new logins wait meanwhile.  Fault::TryLater: too many
  // moves at once, or this user's sessions did not end in time.
  void move_user(const std::string& pool, const std::string& user,
                 const std::string& backend, Answer answer);
  // Forgets the override; where the user is now they stay until they expire.
  void unpin_user(const std::string& pool, const std::string& user,
                  Answer answer);

  // Those under way, told on its thread.
  void list_moves(std::function<void(std::vector<MoveUnderWay>)> tell);

  // --- backends
  // ----------------------------------------------------------------

  using Machine = std::shared_ptr<BackendState>;

  // Nothing: as configured.
  void set_weight(const Machine& backend, std::optional<uint32_t> weight,
                  Answer answer);
  // With Drain::Leave its sessions are ended over `spread_ms`, and their users
  // go elsewhere; otherwise they stay.
  void drain(const Machine& backend, Drain drain, uint64_t spread_ms,
             Answer answer);
  // Down: nobody is sent there, and its sessions are ended over `spread_ms`.
  void take_down(const Machine& backend, bool down, uint64_t spread_ms,
                 Answer answer);
  // Neither drained nor down any more.
  void put_up(const Machine& backend, Answer answer);

  // --- sessions
  // ----------------------------------------------------------------

  void kick(const KickOrder& order);
  // For health: the machine was up and is not any more.  Its sessions are ended
  // over disconnect_spread where another may serve their users.
  void backend_died(const Machine& backend);

 private:
  // Rows on their way to the state file, and who waits to hear of it.
  struct Keeping {
    Keeping(Loop& loop, StateFile::Saved saved)
        : timer(loop), tell(std::move(saved)) {}
    Timer timer;
    StateFile::Saved tell;
  };

  void carry_out(std::function<void()> order);
  void keep(StateRows rows, StateFile::Saved saved);
  void on_kept(uint64_t number, const std::string& trouble);
  void keep_backend(const BackendState& backend, Answer answer);
  void bring_into_force(const StateRow& row);
  void recall_again();
  void warn_of_strangers() const;
  Result<Mover::Order> order_to_move(const std::string& pool,
                                     const std::string& user,
                                     const std::string& backend) const;
  void say(const LogLine& line) const;

  Log* const log_;
  PoolMemory memory_;
  mutable std::mutex mutex_;  // guards all up to kick_
  DirectorOptions options_;
  Pools pools_;
  Kick kick_;
  Loop loop_;  // of its thread
  std::string state_path_;
  bool recalled_ = true;  // the state file could be read
  std::string recall_trouble_;
  StateRows interrupted_;  // moves that a process before us did not finish
  // On its thread.
  std::map<uint64_t, std::unique_ptr<Keeping>> keeping_;
  uint64_t kept_ = 0;
  Mover mover_;
  std::thread thread_;
  std::unique_ptr<StateFile> state_;  // nullptr: there is none
};

}  // namespace postern
