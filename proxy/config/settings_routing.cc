// Settings of which backend serves a user.

#include "lookup/chain.h"
#include "proxy/base/ascii.h"
#include "proxy/config/kinds.h"
#include "proxy/config/perdition_map.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

bool is_map_type(std::string_view name) {
  const std::string types = map_types();
  for (const std::string_view each : words_of_list(types))
    if (name == each) return true;
  return false;
}

Status add_map(Draft& draft, std::string_view value) {
  const auto words = words_between_blanks(value);
  if (words.empty()) return unexpected(value, "TYPE ARGUMENT");
  if (!is_map_type(words.front()))
    return unexpected(words.front(), "one of the types " + map_types());
  MapOptions map;
  map.type = words.front();
  map.argument = trim(trim(value).substr(map.type.size()));
  draft.service.lookup.maps.push_back(std::move(map));
  return Done{};
}

std::vector<std::string> show_maps(const Draft& draft) {
  std::vector<std::string> lines;
  if (draft.map_library_chosen) return lines;
  for (const MapOptions& map : draft.service.lookup.maps)
    lines.emplace_back(trim(map.type + " " + map.argument));
  return lines;
}

constexpr Kind kMap = {"TYPE ARGUMENT", add_map, show_maps,
                       [](Draft& draft) { draft.service.lookup.maps.clear(); }};

Status set_map_library(Draft& draft, std::string_view value) {
  if (auto type = map_type_of_library(value); !type)
    return std::move(type).error();
  draft.map_library = value;
  return Done{};
}

constexpr Kind kMapLibrary = {"FILE", set_map_library, [](const Draft& draft) {
                                return draft.map_library
                                           ? std::vector{*draft.map_library}
                                           : std::vector<std::string>();
                              }};

template <class Value, auto Member>
constexpr Kind kCache =
    kKind<Value, &ServiceOptions::lookup, &ChainOptions::cache, Member>;

const Setting kRoutingSettings[] = {
    {"map", 0, Scope::Service, kMap,
     "where users' backends are looked up; several lines are asked in turn "
     "until one knows the user"},
    {"map_query", 0, Scope::Service, kKind<Text, &Draft::map_query>,
     "SQL for maps of type sqlite; empty: Perdition's table"},
    {"map_timeout", 0, Scope::Service,
     kKind<Time<1>, &ServiceOptions::timeouts, &Timeouts::lookup>,
     "how long a map may take to answer"},
    {"map_cache_size", 0, Scope::Service,
     kCache<Number<0, 100000000>, &CacheOptions::max_entries>,
     "answers to remember; 0: none"},
    {"map_cache_time", 0, Scope::Service,
     kCache<Time<>, &CacheOptions::positive_ms>,
     "how long an answer is good for"},
    {"map_cache_negative_time", 0, Scope::Service,
     kCache<Time<>, &CacheOptions::negative_ms>,
     "how long \"no such user\" is good for"},
    {"map_cache_stale_time", 0, Scope::Service,
     kCache<Time<>, &CacheOptions::stale_ms>,
     "how long an old answer may stand in while its map is in trouble"},
    {"query_key", 0, Scope::Service,
     kKind<KeyFormats, &ServiceOptions::lookup, &ChainOptions::key_formats>,
     "what maps are asked for, tried in turn: \\U the name, \\u and \\d its "
     "parts before and after the last delimiter, \\D the delimiter, \\i \\p "
     "the client's address and port, \\I \\P our own, \\\\ a backslash"},
    {"map_library", 'M', Scope::Service, kMapLibrary,
     "Perdition's way to name a map; empty: no map"},
    {"map_library_opt", 'm', Scope::Service,
     kKind<Text, &Draft::map_library_opt>, "the argument for map_library"},
    {"outgoing_server", 's', Scope::Service,
     kKind<BackendList, &ServiceOptions::outgoing_servers>,
     "backends for users whom no map knows"},
    per_pool(
        {"outgoing_port", 'p', Scope::Service,
         kKind<Port, &ServiceOptions::back, &BackSideOptions::port>,
         "port of backends that name none; empty: the one that goes with the "
         "TLS spoken to them"}),
    per_pool({"referral_hosts", 0, Scope::Service,
              kKind<ReferralHostList, &ServiceOptions::back,
                    &BackSideOptions::referral_hosts>,
              "servers that backends may send logins on to (IMAP and POP3 "
              "referrals); empty: none"}),
};

}  // namespace

std::span<const Setting> routing_settings() {
  return kRoutingSettings;
}

}  // namespace postern
