// All machines that the process knows, by pool and place.  What was learnt of
// one and what was said of it lives here, and so outlives the configuration
// that names it.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/backend.h"

namespace postern {

// Thread-safe.  Owned by the Director, outlives the snapshots.
class Roster {
 public:
  // The one state of this machine, made if there is none.  `pool` is empty for
  // hosts that maps or clients name.
  std::shared_ptr<BackendState> state_of(std::string_view pool,
                                         const Endpoint& where);

  // Those some configuration or session still uses, or the administrator has
  // said something of; by pool, then by name.
  std::vector<std::shared_ptr<BackendState>> all() const;

 private:
  using Key = std::pair<std::string, std::string>;  // pool, host:port

  void sweep();

  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<BackendState>> states_;
  size_t sweep_at_ = 64;
};

}  // namespace postern
