// What pools know that outlives the configurations which name them: machines,
// and where users live.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "backends/affinity.h"
#include "backends/roster.h"

namespace postern {

// Thread-safe.  Owned by the Director, outlives snapshots and sessions.
class PoolMemory {
 public:
  // See Affinity::Vacated.
  using Vacated = std::function<void(const std::string& pool,
                                     const std::string& user, bool by_admin)>;

  explicit PoolMemory(Vacated vacated = nullptr)
      : vacated_(std::move(vacated)) {}

  Roster& roster() { return roster_; }
  // The table of a pool, made if there is none.
  std::shared_ptr<Affinity> affinity(const std::string& pool);

  // How long logins wait for their user's move to end; milliseconds.
  uint64_t move_wait_ms() const { return move_wait_ms_; }
  void set_move_wait_ms(uint64_t wait) { move_wait_ms_ = wait; }
  // Over how long the disconnects of a backend that died are spread.
  uint64_t disconnect_spread_ms() const { return disconnect_spread_ms_; }
  void set_disconnect_spread_ms(uint64_t spread) {
    disconnect_spread_ms_ = spread;
  }

 private:
  const Vacated vacated_;
  Roster roster_;
  std::atomic<uint64_t> move_wait_ms_ = 30000;
  std::atomic<uint64_t> disconnect_spread_ms_ = 0;
  std::mutex mutex_;  // guards tables_
  std::map<std::string, std::shared_ptr<Affinity>> tables_;
};

}  // namespace postern
