#include "backends/pool.h"

#include <algorithm>

#include "backends/choice.h"
#include "backends/policy/policy.h"
#include "backends/pool_memory.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

using Backends = std::vector<std::shared_ptr<Backend>>;

// Weights share a sum with each other: none may drown the rest out.
constexpr uint32_t kMaxWeight = 1000;
// Users without sessions that a pool remembers: some 200 MB at worst.
constexpr size_t kMaxRemembered = 1000000;

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
  UserHash user_hash;
  bool sticky = false;
  bool failover = true;
  uint64_t user_expire_ms = kUserExpireMs;
  std::shared_ptr<Affinity> affinity;

  Choice::Rules rules() const { return {backends, *policy, failover}; }
  Affinity::Limits limits() const { return {user_expire_ms, kMaxRemembered}; }

  // The machines and users of this pool that the process knows already.
  void settle(PoolMemory* memory) {
    for (const BackendOptions& each : options.backends)
      backends.push_back(
          memory == nullptr
              ? std::make_shared<Backend>(each)
              : std::make_shared<Backend>(
                    each, memory->roster().state_of(options.name, each.where)));
    sticky = options.sticky.value_or(policy->by_name());
    failover = options.failover.value_or(!sticky);
    user_expire_ms = options.user_expire_ms.value_or(kUserExpireMs);
    if (!sticky) return;
    affinity = memory == nullptr ? std::make_shared<Affinity>(options.name)
                                 : memory->affinity(options.name);
  }
};

Pool::Pool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pool::~Pool() = default;

Result<std::shared_ptr<Pool>> Pool::make(PoolOptions options,
                                         PoolMemory* memory) {
  const std::string where = "pool " + printable(options.name);
  Status fine = check(options);
  if (!fine) return std::move(fine).error().in(where);
  auto policy = make_policy(options.policy);
  if (!policy)
    return Error{Fault::Config, "no policy is named \"" +
                                    printable(options.policy) + "\", only " +
                                    policy_names()}
        .in(where);
  auto user_hash = UserHash::parse(options.user_hash);
  if (!user_hash) return std::move(user_hash).error().in("user_hash").in(where);

  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  impl->policy = std::move(policy);
  impl->user_hash = std::move(*user_hash);
  impl->settle(memory);
  return std::shared_ptr<Pool>(new Pool(std::move(impl)));
}

Pick Pool::pick(const Request& request, const std::shared_ptr<Stay>& stay) {
  const std::string key = key_of(request.user);
  const Choice::Rules rules = impl_->rules();
  Choice choice(rules, key, request.now, request.tried);
  if (!impl_->affinity) return choice.choose();
  return impl_->affinity->pick(key, stay, request.now, impl_->limits(), choice);
}

Pick Pool::peek(const Request& request) {
  const std::string key = key_of(request.user);
  const Choice::Rules rules = impl_->rules();
  Choice choice(rules, key, request.now, request.tried);
  if (!impl_->affinity) return choice.choose();
  return impl_->affinity->peek(key, request.now, impl_->limits(), choice);
}

std::shared_ptr<Backend> Pool::pick(
    std::string_view user, uint64_t now,
    std::span<const std::shared_ptr<Backend>> tried) {
  return peek({user, now, tried}).backend;
}

const std::string& Pool::name() const {
  return impl_->options.name;
}

const PoolOptions& Pool::options() const {
  return impl_->options;
}

std::span<const std::shared_ptr<Backend>> Pool::backends() const {
  return impl_->backends;
}

std::shared_ptr<Backend> Pool::find(std::string_view backend) const {
  const auto found = std::ranges::find_if(
      impl_->backends,
      [&](const auto& each) { return each->state().name() == backend; });
  return found == impl_->backends.end() ? nullptr : *found;
}

uint64_t Pool::rest_ms() const {
  return impl_->options.rest_ms;
}

bool Pool::sticky() const {
  return impl_->sticky;
}

bool Pool::failover() const {
  return impl_->failover;
}

uint64_t Pool::user_expire_ms() const {
  return impl_->user_expire_ms;
}

std::string Pool::key_of(std::string_view user) const {
  return impl_->user_hash.key_of(user);
}

const std::shared_ptr<Affinity>& Pool::affinity() const {
  return impl_->affinity;
}

}  // namespace postern
