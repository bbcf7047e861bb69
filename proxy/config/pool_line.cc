#include "proxy/config/pool_line.h"

#include <algorithm>
#include <span>
#include <utility>

#include "backends/policy/policy.h"
#include "proxy/base/ascii.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

struct Option {
  std::string_view name;
  Status (*set)(PoolOptions& pool, std::string_view value);
};

Status set_weight(PoolOptions& pool, std::string_view value) {
  if (pool.backends.empty())
    return Error{Fault::Config, "weight=" + printable(value) +
                                    " stands before any host, expected "
                                    "HOST weight=NUMBER"};
  auto weight = parse_count(value, 1, 1000);
  if (!weight) return std::move(weight).error().in("weight");
  pool.backends.back().weight = static_cast<uint32_t>(*weight);
  return Done{};
}

Status set_policy(PoolOptions& pool, std::string_view value) {
  if (!make_policy(value))
    return unexpected(value, policy_names()).in("policy");
  pool.policy = value;
  return Done{};
}

Status set_rest_time(PoolOptions& pool, std::string_view value) {
  auto time = parse_milliseconds(value, 0, 1);
  if (!time) return std::move(time).error().in("rest_time");
  pool.rest_ms = *time;
  return Done{};
}

const Option kOptions[] = {{"weight", set_weight},
                           {"policy", set_policy},
                           {"rest_time", set_rest_time}};

Status add_word(PoolOptions& pool, std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) {
    auto host = parse_endpoint(word);
    if (!host) return std::move(host).error();
    pool.backends.push_back({std::move(*host)});
    return Done{};
  }
  const std::string_view name = word.substr(0, equals);
  for (const Option& option : kOptions)
    if (name == option.name) return option.set(pool, word.substr(equals + 1));
  return unexpected(word, "a host, weight=, policy= or rest_time=");
}

std::string show_pool(const PoolOptions& pool) {
  const PoolOptions usual;
  std::string line = pool.name;
  if (pool.policy != usual.policy) line += " policy=" + pool.policy;
  if (pool.rest_ms != usual.rest_ms)
    line += " rest_time=" + print_milliseconds(pool.rest_ms);
  for (const BackendOptions& each : pool.backends) {
    line += " " + each.where.text();
    if (each.weight != 1) line += " weight=" + std::to_string(each.weight);
  }
  return line;
}

}  // namespace

Status add_pool_line(Draft& draft, std::string_view value) {
  std::vector<std::string_view> words = words_between_blanks(value);
  if (words.empty() || words.front().find('=') != std::string_view::npos)
    return unexpected(value, "NAME HOST[:PORT] ...");
  const std::string_view name = words.front();
  auto& pools = draft.server.pools;
  const auto old = std::ranges::find(pools, name, &PoolOptions::name);
  PoolOptions pool = old == pools.end() ? PoolOptions() : *old;
  pool.name = name;
  // A weight belongs to a host of its own line.
  std::vector<BackendOptions> all = std::exchange(pool.backends, {});
  for (const std::string_view word : std::span(words).subspan(1))
    if (Status added = add_word(pool, word); !added) return added;
  all.insert(all.end(), pool.backends.begin(), pool.backends.end());
  if (all.empty())
    return Error{Fault::Config, "pool " + printable(name) +
                                    " has no host, expected NAME "
                                    "HOST[:PORT] ..."};
  pool.backends = std::move(all);
  if (old == pools.end())
    pools.push_back(std::move(pool));
  else
    *old = std::move(pool);
  return Done{};
}

std::vector<std::string> show_pools(const Draft& draft) {
  std::vector<std::string> lines;
  for (const PoolOptions& pool : draft.server.pools)
    lines.push_back(show_pool(pool));
  return lines;
}

}  // namespace postern
