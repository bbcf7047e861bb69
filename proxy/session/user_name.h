// Canonicalising user names the way Perdition does: strip_domain, add_domain,
// lower_case, each in the states it was asked for, in this order, always
// starting from the name the client gave.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern {

// Perdition's STATE words, as bits: servername_lookup, local_authentication,
// remote_login.
using NameState = uint8_t;
inline constexpr NameState kServernameLookup = 1;
inline constexpr NameState kLocalAuthentication = 2;
inline constexpr NameState kRemoteLogin = 4;
inline constexpr NameState kAllStates = 7;

struct NameOptions {
  NameState strip_domain = 0;
  NameState add_domain = 0;
  NameState lower_case = 0;
  std::string domain_delimiter = "@";
  std::string explicit_domain;  // what add_domain adds
};

std::string name_for(NameState state, std::string_view user,
                     const NameOptions& options);

}  // namespace postern
