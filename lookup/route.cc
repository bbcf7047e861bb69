#include "lookup/route.h"

#include <algorithm>

#include "lookup/key.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr size_t kMaxUser = 1024;
constexpr size_t kMaxPool = 255;

Error bad_value(std::string_view value, const std::string& why) {
  return {Fault::Config, "\"" + printable(value) + "\" " + why};
}

// Visible ASCII but for "@", so that a user may stand in front.
bool valid_pool(std::string_view name) {
  return !name.empty() && name.size() <= kMaxPool &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '@'; });
}

// The NAME of "pool NAME"; nothing if the text is not that.
std::optional<std::string_view> pool_name(std::string_view text) {
  if (!text.starts_with("pool ") && !text.starts_with("pool\t"))
    return std::nullopt;
  return trim(text.substr(5));
}

}  // namespace

bool valid_route_user(std::string_view user) {
  return !user.empty() && user.size() <= kMaxUser && !has_control(user);
}

Result<Route> parse_route(std::string_view value, std::string_view delimiter) {
  std::string_view place = trim(value);
  Route route;
  const size_t end =
      pool_name(place) ? std::string_view::npos : find_last(place, delimiter);
  if (end != std::string_view::npos) {
    route.user = place.substr(0, end);
    place.remove_prefix(end + delimiter.size());
    if (!valid_route_user(route.user))
      return bad_value(value, "names no valid user before its last \"" +
                                  printable(delimiter) + "\"");
  }
  if (const auto name = pool_name(place)) {
    if (!valid_pool(*name)) return bad_value(value, "names no valid pool");
    route.pool = *name;
    return route;
  }
  auto host = Endpoint::parse(place);
  if (!host) return bad_value(value, "is not [user@]host[:port] or pool NAME");
  route.host = std::move(*host);
  return route;
}

std::string to_text(const Route& route) {
  const std::string place =
      route.pool.empty() ? route.host.text() : "pool " + route.pool;
  return route.user.empty() ? place : route.user + "@" + place;
}

}  // namespace postern
