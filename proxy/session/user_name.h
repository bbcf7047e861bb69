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
enum NameState : uint8_t {
  kServernameLookup = 1,
  kLocalAuthentication = 2,
  kRemoteLogin = 4,
  kAllStates = 7,
};

struct NameOptions {
  uint8_t strip_domain = 0;  // bits of NameState
  uint8_t add_domain = 0;
  uint8_t lower_case = 0;
  std::string domain_delimiter = "@";
  std::string explicit_domain;  // what add_domain adds
};

std::string name_for(NameState state, std::string_view user,
                     const NameOptions& options);

}  // namespace postern
