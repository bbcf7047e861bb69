// The table of settings, topic by topic.  Adding one: a field in the module's
// options and a row in the file of its topic (and an entry in
// man/postern.conf.5, which a lint test asks for).

#include "proxy/config/settings.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

// In the order of --help.
std::span<const Topic> all_topics() {
  static const Topic kAll[] = {
      {"The daemon", daemon_settings()},
      {"Listening", listening_settings()},
      {"What clients are told", dialogue_settings()},
      {"TLS", tls_settings()},
      {"TLS with clients", front_tls_settings()},
      {"Who the client is", identity_settings()},
      {"User names", name_settings()},
      {"Who logs in as whom", master_settings()},
      {"Maps and backends", routing_settings()},
      {"Users and their backends", user_settings()},
      {"Timeouts", timeout_settings()},
      {"Limits", limit_settings()},
      {"Without effect, or not available", perdition_settings()},
  };
  return kAll;
}

bool is_called(const Setting& setting, std::string_view name) {
  if (name.size() == 1) return setting.letter == name.front();
  return name == setting.name ||
         (!setting.alias.empty() && name == setting.alias);
}

// Without what is often mixed up: case, dashes, blanks.
std::string simplified(std::string_view name) {
  std::string simple = to_lower(name);
  std::replace(simple.begin(), simple.end(), '-', '_');
  simple.erase(0, std::min(simple.find_first_not_of('_'), simple.size()));
  return simple;
}

// Cheaper to find out than how far apart they are: a slip leaves the first or
// the last letter alone.
bool alike(std::string_view a, std::string_view b, size_t limit) {
  const size_t longer = std::max(a.size(), b.size());
  const size_t shorter = std::min(a.size(), b.size());
  return longer - shorter < limit &&
         (a.front() == b.front() || a.back() == b.back());
}

// Letters to insert, delete or replace to get from one to the other.
size_t distance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= from.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const Topic> topics() {
  return all_topics();
}

const Setting* find_setting(std::string_view name, Scope preferred) {
  const Setting* found = nullptr;
  for (const Topic& topic : topics())
    for (const Setting& setting : topic.settings)
      if (is_called(setting, name) &&
          (found == nullptr || setting.scope == preferred))
        found = &setting;
  return found;
}

std::string_view similar_setting(std::string_view name) {
  constexpr size_t kLongest = 40;
  const std::string wanted = simplified(name);
  if (wanted.size() < 3 || wanted.size() > kLongest) return {};
  std::string_view best;
  size_t limit = wanted.size() / 4 + 2;
  for (const Topic& topic : topics())
    for (const Setting& setting : topic.settings) {
      if (!alike(wanted, setting.name, limit)) continue;
      const size_t far = distance(wanted, setting.name);
      if (far >= limit) continue;
      best = setting.name;
      limit = far;
    }
  return best;
}

}  // namespace postern
