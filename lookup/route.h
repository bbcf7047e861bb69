// Where a user's mail lives, as a map says it.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/address.h"
#include "proxy/base/result.h"

namespace postern {

struct Route {
  std::string pool;      // name of a pool, or empty if `host` says it all
  Endpoint host;         // port 0: the service's default
  std::string user;      // the name to log in with; empty means unchanged
  std::string tag = {};  // of the pool's backends, only these; empty: untagged

  bool operator==(const Route&) const = default;
};

// Reads a map's value: "[user@]host[:port]", "[user@][v6]:port" or
// "[user@]pool NAME [tag=TAG]".  The user ends at the last delimiter
// (Perdition's `domain_delimiter`, "@").  Fault::Config says what is wrong with
// it; the value comes from an administrator, so it may be quoted (printable).
Result<Route> parse_route(std::string_view value,
                          std::string_view delimiter = "@");

std::string to_text(const Route& route);  // the way parse_route reads it

// Pools and tags: visible ASCII but for "@", so that a user may stand in front,
// at most 255 octets.
bool valid_route_name(std::string_view name);

// Whether a map may name this user: not empty, at most 1 KiB, no control
// characters.
bool valid_route_user(std::string_view user);

}  // namespace postern
