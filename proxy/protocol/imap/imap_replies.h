// How a verdict and a farewell are worded for an IMAP client (RFC 3501, 5530).

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/front.h"

namespace postern {

// Behind the tag and "NO ", for a verdict other than Accepted.  A wrong
// password reads the same whatever the backend said: no hint whether the user
// exists.
std::string imap_refusal(const Verdict& verdict, bool pass_backend_text);

// All lines for an accepted login, CRLF included: what the backend sent ahead,
// then the tagged reply.  Capabilities, if known, are told exactly once.
std::string imap_acceptance(std::string_view tag, const Verdict& verdict,
                            const FrontOptions& options);

// Behind "* BYE ".
std::string imap_farewell(Farewell why);

}  // namespace postern
