#include "backends/pool.h"

#include <algorithm>

#include "backends/policy/policy.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

using Backends = std::vector<std::shared_ptr<Backend>>;

// Weights share a sum with each other: none may drown the rest out.
constexpr uint32_t kMaxWeight = 1000;

Status check(const PoolOptions& options) {
  const auto wrong = [](std::string text) {
    return Error{Fault::Config, std::move(text)};
  };
  if (options.backends.empty()) return wrong("has no backends");
  for (const BackendOptions& each : options.backends)
    if (each.weight < 1 || each.weight > kMaxWeight)
      return wrong(printable(each.where.text()) + ": weight " +
                   std::to_string(each.weight) + " is not between 1 and " +
                   std::to_string(kMaxWeight));
  return Done{};
}

}  // namespace

struct Pool::Impl {
  PoolOptions options;
  Backends backends;
  std::unique_ptr<Policy> policy;

  std::shared_ptr<Backend> pick_of(Candidates candidates,
                                   std::string_view user) const {
    return candidates[policy->pick(candidates, user)];
  }
};

Pool::Pool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pool::~Pool() = default;

Result<std::shared_ptr<Pool>> Pool::make(PoolOptions options) {
  const std::string where = "pool " + printable(options.name);
  Status fine = check(options);
  if (!fine) return std::move(fine).error().in(where);
  auto policy = make_policy(options.policy);
  if (!policy)
    return Error{Fault::Config, "no policy is named \"" +
                                    printable(options.policy) + "\", only " +
                                    policy_names()}
        .in(where);

  auto impl = std::make_unique<Impl>();
  for (const BackendOptions& each : options.backends)
    impl->backends.push_back(std::make_shared<Backend>(each));
  impl->options = std::move(options);
  impl->policy = std::move(policy);
  return std::shared_ptr<Pool>(new Pool(std::move(impl)));
}

std::shared_ptr<Backend> Pool::pick(
    std::string_view user, uint64_t now,
    std::span<const std::shared_ptr<Backend>> tried) {
  const auto rested = [now](const auto& each) { return !each->resting(now); };
  // By far the most frequent case needs no list of its own.
  if (tried.empty() && std::ranges::all_of(impl_->backends, rested))
    return impl_->pick_of(impl_->backends, user);

  Backends untried;
  std::ranges::copy_if(impl_->backends, std::back_inserter(untried),
                       [&](const auto& each) {
                         return std::ranges::find(tried, each) == tried.end();
                       });
  if (untried.empty()) return nullptr;
  const auto resting =
      std::stable_partition(untried.begin(), untried.end(), rested);
  if (resting != untried.begin()) untried.erase(resting, untried.end());
  return impl_->pick_of(untried, user);
}

const std::string& Pool::name() const {
  return impl_->options.name;
}

std::span<const std::shared_ptr<Backend>> Pool::backends() const {
  return impl_->backends;
}

uint64_t Pool::rest_ms() const {
  return impl_->options.rest_ms;
}

void Pool::inherit(const Pool& old) {
  for (std::shared_ptr<Backend>& ours : impl_->backends) {
    const auto same = std::ranges::find_if(
        old.impl_->backends, [&](const std::shared_ptr<Backend>& theirs) {
          return theirs->where() == ours->where() &&
                 theirs->weight() == ours->weight();
        });
    if (same != old.impl_->backends.end()) ours = *same;
  }
}

}  // namespace postern
