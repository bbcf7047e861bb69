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

  // An index into `candidates`, which is never empty.
  virtual size_t pick(Candidates candidates, std::string_view user) = 0;
};

// nullptr if there is no policy of that name.
std::unique_ptr<Policy> make_policy(std::string_view name);
std::string policy_names();  // for error texts and --help

std::unique_ptr<Policy> make_round_robin();

}  // namespace postern
