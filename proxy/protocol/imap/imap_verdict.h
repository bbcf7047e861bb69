// What an IMAP server's tagged reply to a login means (RFC 3501, 5530, 2221).
// The words for the log are the engine's business: it knows the password.

#pragma once

#include "proxy/protocol/action.h"
#include "proxy/protocol/imap/imap_response.h"

namespace postern {

// `capabilities` is the last list heard of, as the server sent it; the verdict
// gets what a client may see of it.
Verdict imap_verdict(const ImapResponse& reply, std::string_view capabilities);

// A line before the tagged reply that is worth passing on, made fit for the
// client, CRLF included; empty if it is not.
std::string imap_notice(const ImapResponse& line);

}  // namespace postern
