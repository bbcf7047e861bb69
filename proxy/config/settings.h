// What a setting is.  All of them stand in one table (settings.cc), from which
// parsing, defaults, --help, --print-config and the check of the man page come.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/config/draft.h"

namespace postern {

// How a value is written, and where it goes.
struct Kind {
  std::string_view placeholder;  // "TIME"; empty: a bare key means "yes"
  Status (*set)(Draft& draft, std::string_view value);
  // As values that set() takes, one for each line; none: not set.
  std::vector<std::string> (*show)(const Draft& draft);
  // Only of settings whose lines in one file add up: forgets what another file
  // said.
  void (*clear)(Draft& draft) = nullptr;
  // The value is several words, and quotes around one of them count: set()
  // is given them with their quotes, as lex() takes them.
  bool quoted_words = false;
};

enum class Scope {
  Global,   // of the daemon; stands in the global file
  Service,  // stands in a service's file, or in the global one for all of them
};

enum class Support {
  Works,
  NoEffect,  // of Perdition, and harmless: accepted with a warning
  NotYet,    // will come; an error until then
  Refused,   // of Perdition, and left out on purpose: an error
};

struct Setting {
  std::string_view name;
  char letter = 0;  // Perdition's short name; 0: none
  Scope scope = Scope::Service;
  Kind kind;
  // What it does; why not, where it does not work.
  std::string_view help;
  Support support = Support::Works;
  std::string_view alias = {};
  // Takes it from a pool's line, NAME=VALUE, for the backends of that pool;
  // nullptr: it cannot stand there.
  Status (*pool_set)(Draft& draft, std::string_view value) = nullptr;
};

// Around the row of a setting that may differ from pool to pool.  It must write
// to ServiceOptions::back only, or to what settle_back_side() makes of it.
// `set` is for those of which a pool cannot take every value.
constexpr Setting per_pool(Setting row, Status (*set)(Draft& draft,
                                                      std::string_view value)) {
  row.pool_set = set;
  return row;
}
constexpr Setting per_pool(const Setting& row) {
  return per_pool(row, row.kind.set);
}

struct Topic {
  std::string_view title;
  std::span<const Setting> settings;
};

// The rows of each topic, in settings_<topic>.cc.
std::span<const Setting> daemon_settings();
std::span<const Setting> listening_settings();
std::span<const Setting> dialogue_settings();
std::span<const Setting> tls_settings();
std::span<const Setting> front_tls_settings();
std::span<const Setting> identity_settings();
std::span<const Setting> name_settings();
std::span<const Setting> master_settings();
std::span<const Setting> routing_settings();
std::span<const Setting> user_settings();
std::span<const Setting> timeout_settings();
std::span<const Setting> limit_settings();
std::span<const Setting> perdition_settings();

std::span<const Topic> topics();

// By name, alias or letter; nullptr if there is none.  One name may mean
// something else in the global file (connection_limit): `preferred` decides.
const Setting* find_setting(std::string_view name, Scope preferred);

// The name an administrator probably meant, or nothing.
std::string_view similar_setting(std::string_view name);

}  // namespace postern
