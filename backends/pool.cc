#include "backends/pool.h"

#include <algorithm>
#include <map>

#include "backends/choice.h"
#include "backends/policy/policy.h"
#include "backends/pool_memory.h"
#include "proxy/base/ascii.h"
#include "proxy/tls/digest.h"

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
    if (each.weight > kMaxWeight)
      return wrong(printable(each.where.text()) + ": weight " +
                   std::to_string(*each.weight) + " is more than " +
                   std::to_string(kMaxWeight));
  return Done{};
}

// What belongs together.
Status check_options(const PoolOptions& options) {
  const auto wrong = [](std::string text) {
    return Error{Fault::Config, std::move(text)};
  };
  const PolicyRow* row = find_policy(options.policy);
  if (row == nullptr)
    return wrong("no policy is named \"" + printable(options.policy) +
                 "\", only " + policy_names());
  for (const BackendOptions& each : options.backends)
    if (!row->weighs && each.weight > 1U)
      return wrong(printable(each.where.text()) + ": weight " +
                   std::to_string(*each.weight) + " means nothing to " +
                   options.policy + ", expected 0 or 1");
  if (options.check.user.empty() != options.check.password_file.empty())
    return wrong("check_user and check_password_file go together");
  if (options.policy == "consistent_hash" && !has_md5())
    return wrong(
        "consistent_hash needs MD5, which OpenSSL does not offer here");
  return Done{};
}

}  // namespace

struct Pool::Impl {
  // Those of one tag choose among themselves.
  struct Group {
    std::string tag;
    Backends backends;
    std::unique_ptr<Policy> policy;
  };

  PoolOptions options;
  Backends backends;
  std::vector<Group> groups;
  UserHash user_hash;
  bool sticky = false;
  bool failover = true;
  uint64_t user_expire_ms = kUserExpireMs;
  std::shared_ptr<Affinity> affinity;

  const Group* find_group(std::string_view tag) const {
    const auto found = std::ranges::find(groups, tag, &Group::tag);
    return found == groups.end() ? nullptr : &*found;
  }
  Choice::Rules rules(const Group& group) const {
    return {backends, group.backends, *group.policy, failover};
  }
  Affinity::Limits limits() const { return {user_expire_ms, kMaxRemembered}; }

  // The machines and users of this pool that the process knows already.
  void settle(PoolMemory* memory) {
    const PolicyRow& policy = *find_policy(options.policy);
    for (BackendOptions each : options.backends) {
      each.weight = each.weight.value_or(policy.usual_weight);
      auto state = memory == nullptr
                       ? std::make_shared<BackendState>(each.where)
                       : memory->roster().state_of(options.name, each.where);
      backends.push_back(std::make_shared<Backend>(each, std::move(state)));
    }
    make_groups(policy);
    sticky = options.sticky.value_or(groups.front().policy->by_name());
    failover = options.failover.value_or(!sticky);
    user_expire_ms = options.user_expire_ms.value_or(kUserExpireMs);
    if (!sticky) return;
    affinity = memory == nullptr ? std::make_shared<Affinity>(options.name)
                                 : memory->affinity(options.name);
  }

  void make_groups(const PolicyRow& policy) {
    std::map<std::string, Backends> by_tag;
    for (const auto& each : backends)
      by_tag[each->options().tag].push_back(each);
    for (auto& [tag, members] : by_tag) {
      auto made = policy.make(members);
      groups.push_back({tag, std::move(members), std::move(made)});
    }
  }

  Pick unknown_tag(std::string_view tag) const {
    return {.why = tag.empty() ? "every backend of pool " + options.name +
                                     " has a tag, and the map names none"
                               : "no backend of pool " + options.name +
                                     " has the tag " + std::string(tag)};
  }
};

Pool::Pool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pool::~Pool() = default;

Result<std::shared_ptr<Pool>> Pool::make(PoolOptions options,
                                         PoolMemory* memory) {
  const std::string where = "pool " + printable(options.name);
  Status fine = check(options);
  if (fine) fine = check_options(options);
  if (!fine) return std::move(fine).error().in(where);
  auto user_hash = UserHash::parse(options.user_hash);
  if (!user_hash) return std::move(user_hash).error().in("user_hash").in(where);

  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  impl->user_hash = std::move(*user_hash);
  impl->settle(memory);
  return std::shared_ptr<Pool>(new Pool(std::move(impl)));
}

Pick Pool::pick(const Request& request, const std::shared_ptr<Stay>& stay) {
  const auto* const group = impl_->find_group(request.tag);
  if (group == nullptr) return impl_->unknown_tag(request.tag);
  const std::string key = key_of(request.user);
  const Choice::Rules rules = impl_->rules(*group);
  Choice choice(rules, key, request.now, request.tried);
  if (!impl_->affinity) return choice.choose();
  return impl_->affinity->pick(key, stay, request.now, impl_->limits(), choice);
}

Pick Pool::peek(const Request& request) {
  const auto* const group = impl_->find_group(request.tag);
  if (group == nullptr) return impl_->unknown_tag(request.tag);
  const std::string key = key_of(request.user);
  const Choice::Rules rules = impl_->rules(*group);
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
