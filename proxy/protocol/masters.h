// Logins for somebody else: a master proves who he is and gets at a user's
// mail. SASL has room for both names (RFC 4422 section 2), other logins write
// them as one, "user*master" (Dovecot).  Whether he may is for the backend to
// say; here it is only found out which name is which, so that it is the user
// who is looked up and never the master.

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/sasl.h"

namespace postern {

inline constexpr std::string_view kForeignAuthzid =
    "authorization for another user is not supported";

// Of a mechanism that carries both names: whose mail is wanted by who has
// proved, or is about to, that he is `step`'s user.  Empty: his own.
SaslStep act_for(std::string_view authzid, SaslStep step, SaslRules rules);

// Behind every way to log in: takes names apart that are written as one.
// Returns the reason why it may not be, or empty.
std::string_view settle_names(Credentials& who, SaslRules rules);

}  // namespace postern
