#include "proxy/config/pool_line.h"

#include <algorithm>
#include <span>
#include <utility>

#include "backends/policy/policy.h"
#include "proxy/base/ascii.h"
#include "proxy/base/lexer.h"
#include "proxy/config/pool_setting.h"
#include "proxy/config/settings.h"
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

Result<bool> parse_flag(std::string_view value, std::string_view name) {
  auto flag = Flag::parse(value);
  if (value.empty()) return unexpected(value, "yes or no").in(name);
  if (!flag) return std::move(flag).error().in(name);
  return flag;
}

Status set_sticky(PoolOptions& pool, std::string_view value) {
  auto sticky = parse_flag(value, "sticky");
  if (!sticky) return std::move(sticky).error();
  pool.sticky = *sticky;
  return Done{};
}

Status set_failover(PoolOptions& pool, std::string_view value) {
  if (value != "next" && value != "none")
    return unexpected(value, "next or none").in("failover");
  pool.failover = value == "next";
  return Done{};
}

Status set_user_hash(PoolOptions& pool, std::string_view value) {
  if (auto hash = UserHash::parse(value); !hash)
    return std::move(hash).error().in("user_hash");
  pool.user_hash = value;
  return Done{};
}

Status set_user_expire(PoolOptions& pool, std::string_view value) {
  auto time = parse_milliseconds(value, kLeastUserExpireMs, 1);
  if (!time) return std::move(time).error().in("user_expire");
  pool.user_expire_ms = *time;
  return Done{};
}

const Option kOptions[] = {
    {"weight", set_weight},          {"policy", set_policy},
    {"rest_time", set_rest_time},    {"sticky", set_sticky},
    {"failover", set_failover},      {"user_hash", set_user_hash},
    {"user_expire", set_user_expire}};

// What one line says.
struct PoolLine {
  PoolOptions pool;
  std::vector<PoolSetting> settings;
};

Status add_host(PoolLine& line, std::string_view word) {
  if (is_pool_setting(word))
    return Error{Fault::Config, "\"" + printable(word) + "\", expected " +
                                    printable(word) + "=VALUE"};
  auto host = parse_endpoint(word);
  if (!host) return std::move(host).error();
  line.pool.backends.push_back({std::move(*host)});
  return Done{};
}

Status add_word(PoolLine& line, std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) return add_host(line, word);
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(equals + 1);
  for (const Option& option : kOptions)
    if (name == option.name) return option.set(line.pool, value);
  const Setting* known = find_setting(name, Scope::Service);
  if (known == nullptr)
    return unexpected(word,
                      "a host, weight=, policy=, rest_time=, sticky=, "
                      "failover=, user_hash=, user_expire= or a setting of "
                      "services");
  auto setting = read_pool_setting(*known, value);
  if (!setting) return std::move(setting).error();
  line.settings.push_back(std::move(*setting));
  return Done{};
}

std::string show_pool(const PoolOptions& pool,
                      std::span<const PoolSetting> settings) {
  const PoolOptions usual;
  std::string line = pool.name;
  if (pool.policy != usual.policy) line += " policy=" + pool.policy;
  if (pool.rest_ms != usual.rest_ms)
    line += " rest_time=" + print_milliseconds(pool.rest_ms);
  if (pool.sticky) line += " sticky=" + Flag::print(*pool.sticky);
  if (pool.failover)
    line += std::string(" failover=") + (*pool.failover ? "next" : "none");
  if (pool.user_hash != usual.user_hash) line += " user_hash=" + pool.user_hash;
  if (pool.user_expire_ms)
    line += " user_expire=" + print_milliseconds(*pool.user_expire_ms);
  for (const BackendOptions& each : pool.backends) {
    line += " " + each.where.text();
    if (each.weight != 1) line += " weight=" + std::to_string(each.weight);
  }
  for (const PoolSetting& each : settings)
    if (each.pool == pool.name) line += " " + show_pool_setting(each);
  return line;
}

// Its words with quotes resolved; none if it is not to be read at all.
std::vector<std::string> words_of_line(std::string_view value) {
  Lexed lexed = lex(value);
  if (lexed.lines.size() != 1 || !lexed.problems.empty()) return {};
  return std::move(lexed.lines.front().words);
}

}  // namespace

Status add_pool_line(Draft& draft, std::string_view value) {
  const std::vector<std::string> words = words_of_line(value);
  if (words.empty() || words.front().find('=') != std::string::npos)
    return unexpected(value, "NAME HOST[:PORT] ...");
  const std::string& name = words.front();
  auto& pools = draft.server.pools;
  const auto old = std::ranges::find(pools, name, &PoolOptions::name);
  PoolLine line{old == pools.end() ? PoolOptions() : *old, {}};
  PoolOptions& pool = line.pool;
  pool.name = name;
  // A weight belongs to a host of its own line.
  std::vector<BackendOptions> all = std::exchange(pool.backends, {});
  for (const std::string& word : std::span(words).subspan(1))
    if (Status added = add_word(line, word); !added) return added;
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
  for (PoolSetting& setting : line.settings) {
    setting.pool = name;
    setting.line = draft.pool_lines;
    draft.pool_settings.push_back(std::move(setting));
  }
  ++draft.pool_lines;
  return Done{};
}

void clear_pools(Draft& draft) {
  draft.server.pools.clear();
  draft.pool_settings.clear();
  draft.pool_lines = 0;
}

std::vector<std::string> show_pools(const Draft& draft) {
  std::vector<std::string> lines;
  for (const PoolOptions& pool : draft.server.pools)
    lines.push_back(show_pool(pool, draft.pool_settings));
  return lines;
}

}  // namespace postern
