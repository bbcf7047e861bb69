// What every back engine does with the password it is given.

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/action.h"
#include "proxy/protocol/mechanisms.h"

namespace postern {

// The message of SASL PLAIN as it stands on the wire: base64 of authzid (none
// unless a master logs in) NUL authcid NUL password (RFC 4616).
Secret plain_response(const Credentials& who);

// Why `who` cannot be relayed to a backend that offers these mechanisms (names
// between blanks), in words for the log; empty if it can, or is a password that
// any command can carry.
std::string relay_barrier(const Credentials& who, std::string_view offered);

// The first message of a relayed mechanism, in base64.
Secret relayed_message(const Mechanism& mechanism, const Credentials& who);

// The verdict where there is such a barrier.
Verdict not_offered(std::string barrier);

// The verdict where the client has called an exchange off.
Verdict called_off(const Mechanism& mechanism);

// Most challenges of one exchange: SCRAM needs two.
inline constexpr int kMostChallenges = 8;

// A backend's line for the log: printable(), unless it repeats the password, a
// token or what the client said last.  Some servers quote the command they did
// not understand.
std::string quoted_reply(std::string_view line, const Credentials& who,
                         std::string_view response = {});

}  // namespace postern
