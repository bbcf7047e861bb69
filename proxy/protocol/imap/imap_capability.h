// Lists of IMAP capabilities: words with one blank between them.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/protocol/front.h"

namespace postern {

// Whether `list` holds `word`, whatever the case.
bool has_capability(std::string_view list, std::string_view word);

// Whether it is the list of an IMAP4 server of any revision.
bool lists_imap(std::string_view list);

// What a front announces before login, where `offered` is what every backend
// offers then, nothing if that is not known.  Words that depend on the
// connection tell the truth even if `options.capability` says otherwise:
// STARTTLS while it is possible, then either LOGINDISABLED or the mechanisms.
std::string front_capabilities(const FrontOptions& options,
                               const std::optional<std::string>& offered,
                               bool secure, bool certified, bool logins);

// The same for Back::offered(): what a client may see before its login of the
// list that a backend shows before one.  What there is to do before a login is
// done by us: no compression, our own kind of literals.
std::string offered_capabilities(std::string_view list);

// What a logged-in client may see of a backend's list.  Not passed on: words
// about logging in, which is over; referrals, which would send the client past
// us; UNAUTHENTICATE, after which the next login would go past us.
std::string client_capabilities(std::string_view list);

}  // namespace postern
