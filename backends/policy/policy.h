// How a pool chooses.  Adding one: a file here and a row in policies.cc.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "backends/backend.h"

namespace postern {

// The backends that may take a session now, in configuration order.
using Candidates = std::span<const std::shared_ptr<Backend>>;

// One instance per pool, called from all threads: state is atomic.
class Policy {
 public:
  virtual ~Policy() = default;

  // An index into `candidates`, which is never empty.  `user` is what the
  // pool's user_hash makes of the name.
  virtual size_t pick(Candidates candidates, std::string_view user) = 0;

  // The same user gets the same backend as long as the candidates are the
  // same.  Pools of such a policy are sticky, and do not fail over, unless told
  // otherwise.
  virtual bool by_name() const { return false; }
};

// nullptr if there is no policy of that name.
std::unique_ptr<Policy> make_policy(std::string_view name);
std::string policy_names();  // for error texts and --help

std::unique_ptr<Policy> make_round_robin();

}  // namespace postern
