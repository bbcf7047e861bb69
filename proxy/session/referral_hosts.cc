#include "proxy/session/referral_hosts.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/protocol/identity.h"

namespace postern {
namespace {

constexpr std::string_view kBelow = "*.";

bool names(const ReferralHost& allowed, std::string_view host) {
  if (!allowed.below) return host == allowed.host;
  // An address has dots as well, but no domain.
  const size_t dot = host.find('.');
  return dot != host.npos && dot != 0 && is_host_name(host) &&
         host.substr(dot + 1) == allowed.host;
}

}  // namespace

std::optional<ReferralHost> ReferralHost::parse(std::string_view text) {
  ReferralHost made;
  made.below = text.starts_with(kBelow);
  if (made.below) text.remove_prefix(kBelow.size());
  auto where = Endpoint::parse(text);
  if (!where) return std::nullopt;
  const bool address = Address::parse(where->host, 0).has_value();
  if (address ? made.below : !is_host_name(where->host)) return std::nullopt;
  made.host = to_lower(where->host);
  made.port = where->port;
  return made;
}

std::string ReferralHost::text() const {
  return (below ? std::string(kBelow) : "") + Endpoint{host, port}.text();
}

bool allows(const ReferralHosts& hosts, const Endpoint& to,
            std::initializer_list<uint16_t> usual) {
  return std::ranges::any_of(hosts, [&](const ReferralHost& each) {
    const bool port = each.port != 0
                          ? to.port == each.port
                          : std::ranges::find(usual, to.port) != usual.end();
    return port && names(each, to.host);
  });
}

}  // namespace postern
