#include "proxy/config/pool_options.h"

#include <algorithm>
#include <utility>

#include "backends/policy/policy.h"
#include "lookup/route.h"
#include "proxy/base/ascii.h"
#include "proxy/config/print.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

constexpr uint64_t kShortestCheck = 100;  // milliseconds
constexpr uint64_t kMaxConnections = 10000000;

// --- ways to write values ----------------------------------------------------

struct PolicyName : Text {
  static Result<std::string> parse(std::string_view text) {
    if (find_policy(text) != nullptr) return std::string(text);
    return unexpected(text, policy_names());
  }
};

struct Tag : Text {
  static Result<std::string> parse(std::string_view text) {
    if (valid_route_name(text)) return std::string(text);
    return unexpected(text, "1 to 255 visible characters without @");
  }
};

struct CheckUser : Text {
  static Result<std::string> parse(std::string_view text) {
    if (valid_route_user(text)) return std::string(text);
    return unexpected(text, "a user's name");
  }
};

// 0 is never; often enough to be of use, not so often as to be a burden.
struct Interval : Time<> {
  static Result<uint64_t> parse(std::string_view text) {
    auto time = Time<>::parse(text);
    if (!time || *time == 0 || *time >= kShortestCheck) return time;
    return unexpected(text, "0, or 100ms and more");
  }
};

struct Names {
  using Type = std::vector<std::string>;
  static Result<Type> parse(std::string_view text) {
    Type names;
    for (const std::string_view word : words_of_list(text))
      names.emplace_back(word);
    return names;
  }
  static std::string print(const Type& names) { return list_of_words(names); }
};

struct Hash : Text {
  static Result<std::string> parse(std::string_view text) {
    if (auto hash = UserHash::parse(text); !hash)
      return std::move(hash).error();
    return std::string(text);
  }
};

// Where "sticky=" says nothing.
struct Switch : Flag {
  static Result<bool> parse(std::string_view text) {
    if (text.empty()) return unexpected(text, "yes or no");
    return Flag::parse(text);
  }
};

// Whether another backend may serve a user whose own cannot.
struct Failover : Flag {
  static Result<bool> parse(std::string_view text) {
    if (text == "next" || text == "none") return text == "next";
    return unexpected(text, "next or none");
  }
  static std::string print(bool next) { return next ? "next" : "none"; }
};

// --- tying them to fields ----------------------------------------------------

template <auto First, auto... Rest>
auto& part(auto& options) {
  return ((options.*First).*....*Rest);
}

template <class Options, class Value, auto... Path>
Status set_part(Options& options, std::string_view text) {
  auto parsed = Value::parse(text);
  if (!parsed) return std::move(parsed).error();
  auto& target = part<Path...>(options);
  target = static_cast<std::remove_reference_t<decltype(target)>>(
      std::move(*parsed));
  return Done{};
}

// "" if it is unset, which is no value.
template <class Value, auto... Path>
std::string show_part(const PoolOptions& pool) {
  const auto& source = part<Path...>(pool);
  if constexpr (requires { source.has_value(); })
    return source ? Value::print(*source) : std::string();
  else if constexpr (std::is_arithmetic_v<typename Value::Type>)
    return Value::print(static_cast<typename Value::Type>(source));
  else
    return Value::print(source);
}

template <class Value, auto... Path>
constexpr PoolOption of_pool(std::string_view name) {
  return {name, set_part<PoolOptions, Value, Path...>,
          show_part<Value, Path...>};
}

template <class Value, auto Member>
constexpr PoolOption of_check(std::string_view name) {
  return of_pool<Value, &PoolOptions::check, Member>(name);
}

// --- the tables --------------------------------------------------------------

constexpr PoolOption kPoolOptions[] = {
    of_pool<PolicyName, &PoolOptions::policy>("policy"),
    of_pool<Switch, &PoolOptions::sticky>("sticky"),
    of_pool<Failover, &PoolOptions::failover>("failover"),
    of_pool<Hash, &PoolOptions::user_hash>("user_hash"),
    of_pool<Time<kLeastUserExpireMs>, &PoolOptions::user_expire_ms>(
        "user_expire"),
    of_pool<Time<>, &PoolOptions::rest_ms>("rest_time"),
    of_pool<Number<0, 100000>, &PoolOptions::max_connecting>("max_connecting"),
    of_pool<Time<>, &PoolOptions::slow_start_ms>("slow_start"),
    of_check<Interval, &CheckOptions::interval_ms>("check_interval"),
    of_check<Time<1>, &CheckOptions::timeout_ms>("check_timeout"),
    of_check<Number<1, 100>, &CheckOptions::rise>("check_rise"),
    of_check<Number<1, 100>, &CheckOptions::fall>("check_fall"),
    of_check<Names, &CheckOptions::services>("check_services"),
    of_check<CheckUser, &CheckOptions::user>("check_user"),
    of_check<FileName, &CheckOptions::password_file>("check_password_file"),
};

using MaxConnections = Number<0, kMaxConnections>;

constexpr HostOption kHostOptions[] = {
    {"weight",
     set_part<BackendOptions, Number<0, 1000>, &BackendOptions::weight>,
     [](const BackendOptions& host) {
       return host.weight ? std::to_string(*host.weight) : std::string();
     },
     false},
    {"tag", set_part<BackendOptions, Tag, &BackendOptions::tag>,
     [](const BackendOptions& host) { return host.tag; }, true},
    {"max_connections",
     set_part<BackendOptions, MaxConnections, &BackendOptions::max_connections>,
     [](const BackendOptions& host) {
       return host.max_connections != 0 ? std::to_string(host.max_connections)
                                        : std::string();
     },
     true},
};

}  // namespace

PoolOptions usual_pool() {
  PoolOptions pool;
  pool.policy = "consistent_hash";
  pool.max_connecting = 100;
  return pool;
}

const PoolOption* find_pool_option(std::string_view name) {
  const auto* const found =
      std::ranges::find(kPoolOptions, name, &PoolOption::name);
  return found == std::end(kPoolOptions) ? nullptr : found;
}

const HostOption* find_host_option(std::string_view name) {
  const auto* const found =
      std::ranges::find(kHostOptions, name, &HostOption::name);
  return found == std::end(kHostOptions) ? nullptr : found;
}

std::string pool_option_names() {
  std::string names;
  const auto add = [&](std::string_view name) {
    if (!names.empty()) names += ", ";
    names.append(name) += '=';
  };
  for (const HostOption& option : kHostOptions)
    add(option.name);
  for (const PoolOption& option : kPoolOptions)
    add(option.name);
  return names;
}

std::string show_pool_options(const PoolOptions& pool) {
  const PoolOptions usual = usual_pool();
  std::string text;
  for (const PoolOption& option : kPoolOptions) {
    const std::string value = option.show(pool);
    if (value != option.show(usual))
      text.append(" ").append(option.name).append("=") += quote_value(value);
  }
  return text;
}

std::string show_host_options(const BackendOptions& host) {
  std::string text;
  for (const HostOption& option : kHostOptions)
    if (const std::string value = option.show(host); !value.empty())
      text.append(" ").append(option.name).append("=") += quote_value(value);
  return text;
}

}  // namespace postern
