// A named set of backends of which any may serve a user, and the policy that
// picks one.  Also stands for `outgoing_server a,b,c`.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/affinity.h"
#include "backends/backend.h"
#include "backends/health/check.h"
#include "backends/stay.h"
#include "backends/user_hash.h"
#include "proxy/base/result.h"

namespace postern {

class PoolMemory;

struct PoolOptions {
  std::string name;
  std::string policy = "round_robin";  // a row of backends/policy/policies.cc
  std::vector<BackendOptions> backends;
  uint64_t rest_ms = 10000;  // how long a failed backend is skipped
  CheckOptions check;
  uint64_t slow_start_ms = 0;   // until a backend that is back gets its share
  uint32_t max_connecting = 0;  // logins on their way to one backend; 0: all

  // A user's sessions all go to one backend.  Unset: if the policy chooses by
  // the user's name.
  std::optional<bool> sticky;
  // Another backend may serve a user whose own is down, or cannot be reached.
  // Unset: unless the pool is sticky.
  std::optional<bool> failover;
  std::string user_hash = "%Lu";  // what makes names the same user
  // How long after the last session a user still belongs to its backend;
  // unset: user_expire of the daemon.
  std::optional<uint64_t> user_expire_ms;
};

inline constexpr uint64_t kUserExpireMs = 900000;
// Less would not outlast a client that connects anew.
inline constexpr uint64_t kLeastUserExpireMs = 10000;

// Shared by all threads; part of the snapshot.
class Pool {
 public:
  // With a memory the pool's machines and users are those that the process
  // knows already, from configurations before; without one they are its own.
  static Result<std::shared_ptr<Pool>> make(PoolOptions options,
                                            PoolMemory* memory = nullptr);

  struct Request {
    std::string_view user;  // the name to log in with
    uint64_t now;           // the loop's clock
    // By this login, in vain.
    std::span<const std::shared_ptr<Backend>> tried = {};
    std::string_view tag = {};  // as the map has it
  };

  // The backend for this user: where they live already, where an override says
  // they live, or what the policy chooses among those that may be used; one
  // that is not resting if there is any, else one that is (a resting backend is
  // better than no mail).  A sticky pool needs `stay`, which claims the place.
  Pick pick(const Request& request, const std::shared_ptr<Stay>& stay);

  // The same for somebody who only wants to know: nothing is claimed.
  Pick peek(const Request& request);

  // Of a pool that is not sticky.  Empty when all have been tried.
  std::shared_ptr<Backend> pick(
      std::string_view user, uint64_t now,
      std::span<const std::shared_ptr<Backend>> tried);

  const std::string& name() const;
  const PoolOptions& options() const;
  std::span<const std::shared_ptr<Backend>> backends() const;
  std::shared_ptr<Backend> find(std::string_view backend) const;
  uint64_t rest_ms() const;

  bool sticky() const;
  bool failover() const;
  uint64_t user_expire_ms() const;
  // What affinity, overrides and rings know the user by.
  std::string key_of(std::string_view user) const;
  // Null unless the pool is sticky.
  const std::shared_ptr<Affinity>& affinity() const;

  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

 private:
  struct Impl;
  explicit Pool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// By name, shared by all services of one configuration.
using Pools = std::map<std::string, std::shared_ptr<Pool>, std::less<>>;

}  // namespace postern
