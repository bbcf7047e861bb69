// Which servers backends may send logins to (referral_hosts).

#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/address.h"

namespace postern {

struct ReferralHost {
  std::string host;    // in small letters; without the "*." of `below`
  uint16_t port = 0;   // 0: the usual ones
  bool below = false;  // "*.host": names with one label more

  // "host", "host:port", "*.domain", "*.domain:port".
  static std::optional<ReferralHost> parse(std::string_view text);
  std::string text() const;  // the way parse() reads it
  bool operator==(const ReferralHost&) const = default;
};

using ReferralHosts = std::vector<ReferralHost>;

// `to` is in small letters and has a port; `usual` are those that need not be
// named.
bool allows(const ReferralHosts& hosts, const Endpoint& to,
            std::initializer_list<uint16_t> usual);

}  // namespace postern
