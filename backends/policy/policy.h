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

// Whom a backend is chosen for.
struct Newcomer {
  std::string_view key;  // what counts of the user's name (see UserHash)
  uint64_t now;          // the loop's clock
};

// One instance per pool and tag, called from all threads: state is atomic or
// locked.
class Policy {
 public:
  virtual ~Policy() = default;

  // An index into `candidates`, which is never empty.
  virtual size_t pick(Candidates candidates, const Newcomer& who) = 0;

  // The same user gets the same backend as long as the candidates are the
  // same.  Pools of such a policy are sticky, and do not fail over, unless told
  // otherwise.
  virtual bool by_name() const { return false; }
};

struct PolicyRow {
  std::string_view name;
  // `all` are those that may ever be candidates.
  std::unique_ptr<Policy> (*make)(Candidates all);
  uint32_t usual_weight;  // of a backend that has none of its own
  // A weight other than 0 says something.
  bool weighs = true;
};

// nullptr if there is no policy of that name.
const PolicyRow* find_policy(std::string_view name);
std::string policy_names();  // for error texts and --help

std::unique_ptr<Policy> make_consistent_hash(Candidates all);
std::unique_ptr<Policy> make_first_available(Candidates all);
std::unique_ptr<Policy> make_least_connections(Candidates all);
std::unique_ptr<Policy> make_random_two_choices(Candidates all);
std::unique_ptr<Policy> make_round_robin(Candidates all);
std::unique_ptr<Policy> make_weighted_round_robin(Candidates all);

// True if `a` has less to do than `b` for what it can do.
bool less_loaded(const Backend& a, const Backend& b, uint64_t now);

}  // namespace postern
