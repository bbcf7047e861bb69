// consistent_hash: a user's name says which backend (see hash_ring.h).  Who is
// away moves its own users only, and they come back with it.

#include <algorithm>
#include <mutex>
#include <vector>

#include "backends/policy/hash_ring.h"
#include "backends/policy/policy.h"

namespace postern {
namespace {

class ConsistentHash final : public Policy {
 public:
  explicit ConsistentHash(Candidates all) : all_(all.begin(), all.end()) {}

  size_t pick(Candidates candidates, const Newcomer& who) override {
    const auto ring = current();
    const uint32_t hash = ring_hash(who.key);
    size_t place = 0;
    const bool everybody = candidates.size() == all_.size();
    ring->find(hash, [&](size_t member) {
      const auto found =
          everybody ? candidates.begin() + static_cast<ptrdiff_t>(member)
                    : std::ranges::find(candidates, all_[member]);
      if (found == candidates.end()) return false;
      place = static_cast<size_t>(found - candidates.begin());
      return true;
    });
    return place;  // the first, if all candidates have weight 0
  }

  bool by_name() const override { return true; }

 private:
  // Built anew when the administrator has changed a weight, anywhere.
  std::shared_ptr<const HashRing> current() {
    const std::lock_guard lock(mutex_);
    const uint64_t changes = BackendState::changes();
    if (!ring_ || changes != as_of_) {
      std::vector<uint32_t> weights;
      for (const auto& each : all_)
        weights.push_back(each->weight());
      if (!ring_ || weights != weights_) ring_ = build(weights);
      weights_ = std::move(weights);
      as_of_ = changes;
    }
    return ring_;
  }

  std::shared_ptr<const HashRing> build(
      const std::vector<uint32_t>& weights) const {
    std::vector<HashRing::Member> members;
    for (size_t i = 0; i < all_.size(); ++i)
      members.push_back({name_of(all_[i]->where()), weights[i]});
    return std::make_shared<const HashRing>(members);
  }

  // Ports count only where they are what tells backends apart: Dovecot's ring
  // knows none.
  std::string name_of(const Endpoint& where) const {
    const std::string name = ring_name(where.host);
    const auto here = [&](const auto& each) {
      return ring_name(each->where().host) == name;
    };
    const bool alone = std::ranges::count_if(all_, here) == 1;
    return alone ? name : Endpoint{name, where.port}.text();
  }

  const std::vector<std::shared_ptr<Backend>> all_;
  std::mutex mutex_;  // guards all below
  std::shared_ptr<const HashRing> ring_;
  std::vector<uint32_t> weights_;
  uint64_t as_of_ = 0;
};

}  // namespace

std::unique_ptr<Policy> make_consistent_hash(Candidates all) {
  return std::make_unique<ConsistentHash>(all);
}

}  // namespace postern
