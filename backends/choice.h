// How a pool judges its backends for one login.

#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "backends/affinity.h"
#include "backends/policy/policy.h"

namespace postern {

// Lives for one pick.
class Choice final : public Affinity::Chooser {
 public:
  struct Rules {
    Candidates all;       // where users may live already
    Candidates backends;  // of the user's tag
    Policy& policy;
    bool failover;
  };

  Choice(const Rules& rules, std::string_view key, uint64_t now,
         Candidates tried)
      : rules_(rules), key_(key), now_(now), tried_(tried) {}

  Judged judge(const Backend& home, bool occupied) override;
  std::shared_ptr<Backend> find(const std::string& name) override;
  std::shared_ptr<Backend> find(const Backend& machine) override;
  Pick choose() override;

 private:
  bool has_tried(const Backend& backend) const;
  bool usable(const Backend& backend) const;
  Pick ask_policy(Candidates candidates) const;

  const Rules& rules_;
  const std::string_view key_;
  const uint64_t now_;
  const Candidates tried_;
};

}  // namespace postern
