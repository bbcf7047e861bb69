#include "proxy/config/pool_line.h"

#include <algorithm>
#include <span>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/lexer.h"
#include "proxy/config/pool_options.h"
#include "proxy/config/pool_setting.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

// What one line says.
struct PoolLine {
  PoolOptions pool;
  std::vector<PoolSetting> settings;
  BackendOptions usual_host = {};  // what stands in front of all hosts
};

Status add_host(PoolLine& line, std::string_view word) {
  if (is_pool_setting(word))
    return Error{Fault::Config, "\"" + printable(word) + "\", expected " +
                                    printable(word) + "=VALUE"};
  auto host = parse_endpoint(word);
  if (!host) return std::move(host).error();
  line.pool.backends.push_back(line.usual_host);
  line.pool.backends.back().where = std::move(*host);
  return Done{};
}

Status named(std::string_view name, Status status) {
  if (!status) return std::move(status).error().in(std::string(name));
  return status;
}

Status set_of_host(PoolLine& line, const HostOption& option,
                   std::string_view value) {
  auto& hosts = line.pool.backends;
  if (hosts.empty() && !option.of_line) {
    const std::string name(option.name);
    return Error{Fault::Config, name + "=" + printable(value) +
                                    " stands before any host, expected HOST " +
                                    name + "=NUMBER"};
  }
  BackendOptions& host = hosts.empty() ? line.usual_host : hosts.back();
  return named(option.name, option.set(host, value));
}

Status add_setting(PoolLine& line, std::string_view word,
                   std::string_view name) {
  const Setting* known = find_setting(name, Scope::Service);
  if (known == nullptr)
    return unexpected(
        word, "a host, " + pool_option_names() + " or a setting of services");
  auto setting = read_pool_setting(*known, word.substr(name.size() + 1));
  if (!setting) return std::move(setting).error();
  line.settings.push_back(std::move(*setting));
  return Done{};
}

Status add_word(PoolLine& line, std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) return add_host(line, word);
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(equals + 1);
  if (const HostOption* option = find_host_option(name))
    return set_of_host(line, *option, value);
  if (const PoolOption* option = find_pool_option(name))
    return named(name, option->set(line.pool, value));
  return add_setting(line, word, name);
}

std::string show_pool(const PoolOptions& pool,
                      std::span<const PoolSetting> settings) {
  std::string line = pool.name + show_pool_options(pool);
  for (const BackendOptions& each : pool.backends)
    line += " " + each.where.text() + show_host_options(each);
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
  PoolLine line{old == pools.end() ? usual_pool() : *old, {}};
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
