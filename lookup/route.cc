#include "lookup/route.h"

#include <algorithm>

#include "lookup/key.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr size_t kMaxUser = 1024;
constexpr size_t kMaxName = 255;
constexpr std::string_view kTag = "tag=";

Error bad_value(std::string_view value, const std::string& why) {
  return {Fault::Config, "\"" + printable(value) + "\" " + why};
}

// What follows in "pool NAME …"; nothing if the text is not that.
std::optional<std::string_view> behind_pool(std::string_view text) {
  if (!text.starts_with("pool ") && !text.starts_with("pool\t"))
    return std::nullopt;
  return trim(text.substr(5));
}

// Empty if all is well, else what is wrong.
std::string read_pool(std::string_view text, Route& route) {
  const size_t blank = text.find_first_of(" \t");
  route.pool = text.substr(0, blank);
  if (!valid_route_name(route.pool)) return "names no valid pool";
  if (blank == std::string_view::npos) return {};
  const std::string_view tag = trim(text.substr(blank));
  if (!tag.starts_with(kTag)) return "is not pool NAME [tag=TAG]";
  route.tag = tag.substr(kTag.size());
  return valid_route_name(route.tag) ? "" : "names no valid tag";
}

}  // namespace

bool valid_route_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '@'; });
}

bool valid_route_user(std::string_view user) {
  return !user.empty() && user.size() <= kMaxUser && !has_control(user);
}

Result<Route> parse_route(std::string_view value, std::string_view delimiter) {
  std::string_view place = trim(value);
  Route route;
  const size_t end =
      behind_pool(place) ? std::string_view::npos : find_last(place, delimiter);
  if (end != std::string_view::npos) {
    route.user = place.substr(0, end);
    place.remove_prefix(end + delimiter.size());
    if (!valid_route_user(route.user))
      return bad_value(value, "names no valid user before its last \"" +
                                  printable(delimiter) + "\"");
  }
  if (const auto words = behind_pool(place)) {
    if (const std::string wrong = read_pool(*words, route); !wrong.empty())
      return bad_value(value, wrong);
    return route;
  }
  auto host = Endpoint::parse(place);
  if (!host) return bad_value(value, "is not [user@]host[:port] or pool NAME");
  route.host = std::move(*host);
  return route;
}

std::string to_text(const Route& route) {
  std::string place =
      route.pool.empty() ? route.host.text() : "pool " + route.pool;
  if (!route.tag.empty()) place.append(" ").append(kTag) += route.tag;
  return route.user.empty() ? place : route.user + "@" + place;
}

}  // namespace postern
