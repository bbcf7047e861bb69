// Any text at all as a map's value.  The first octet chooses the delimiter.

#include <array>
#include <cstdint>

#include "lookup/route.h"
#include "proxy/base/ascii.h"
#include "tests/fuzz/require.h"

using namespace postern;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::array<std::string_view, 4> kDelimiters = {"@", "%",
                                                                  "%%", ""};
  if (size == 0) return 0;
  const std::string_view value(reinterpret_cast<const char*>(data + 1),
                               size - 1);
  const auto route = parse_route(value, kDelimiters[data[0] % 4]);
  if (!route) {
    fuzz::require(!has_control(route.error().text), "errors can be logged");
    return 0;
  }
  fuzz::require(route->pool.empty() != route->host.host.empty(),
                "a route is a pool or a host");
  fuzz::require(route->tag.empty() || !route->pool.empty(),
                "only pools have tags");
  fuzz::require(!has_control(to_text(*route)), "routes can be logged");
  fuzz::require(route->user.empty() || valid_route_user(route->user),
                "users are checked");
  const auto again = parse_route(to_text(*route));
  fuzz::require(again && *again == *route, "routes are read as written");
  return 0;
}
