// Lists of IMAP capabilities: words with one blank between them.

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/front.h"

namespace postern {

// Whether `list` holds `word`, whatever the case.
bool has_capability(std::string_view list, std::string_view word);

// The SASL mechanisms in it, with one blank between them.
std::string sasl_mechanisms(std::string_view list);

// Whether it is the list of an IMAP4 server of any revision.
bool lists_imap(std::string_view list);

// What a front announces before login.  Words that depend on the connection
// tell the truth even if `options.capability` says otherwise: STARTTLS while it
// is possible, then either LOGINDISABLED or the mechanisms.
std::string front_capabilities(const FrontOptions& options, bool secure,
                               bool logins);

// What a logged-in client may see of a backend's list.  Not passed on: words
// about logging in, which is over; LOGIN-REFERRALS, which would send the client
// past us; UNAUTHENTICATE, after which the next login would go past us.
std::string client_capabilities(std::string_view list);

}  // namespace postern
