// A named set of backends of which any may serve a user, and the policy that
// picks one.  Also stands for `outgoing_server a,b,c`.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "proxy/base/result.h"

namespace postern {

struct PoolOptions {
  std::string name;
  std::string policy = "round_robin";  // a row of backends/policy/policies.cc
  std::vector<BackendOptions> backends;
  uint64_t rest_ms = 10000;  // how long a failed backend is skipped
};

// Shared by all threads; part of the snapshot.
class Pool {
 public:
  static Result<std::shared_ptr<Pool>> make(PoolOptions options);

  // The next backend for this user that is not in `tried`: one that is not
  // resting if there is any, else one that is (a resting backend is better
  // than no mail).  Empty when all have been tried.
  std::shared_ptr<Backend> pick(
      std::string_view user, uint64_t now,
      std::span<const std::shared_ptr<Backend>> tried);

  const std::string& name() const;
  std::span<const std::shared_ptr<Backend>> backends() const;
  uint64_t rest_ms() const;

  // After a reload: what the old pool knew of the same host and port (resting,
  // session count) goes on, by sharing its Backend where nothing changed.
  void inherit(const Pool& old);

  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

 private:
  struct Impl;
  explicit Pool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern
