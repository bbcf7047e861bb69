// What every front engine says alike when it says no.  The engines add their
// protocol's code and prefix.

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/front.h"

namespace postern {

// Our own words for a verdict that carries none, or must not show its own.
std::string_view verdict_text(Verdict::Kind kind);

// Why the session ends the conversation.
std::string_view farewell_text(Farewell why);

// A peer's text made fit for another peer: visible ASCII and blanks only (what
// RFC 2449 and 9051 allow there), everything else "?", at most 400 octets.
std::string plain_text(std::string_view text);

// True for the first line of an HTTP request.  A browser can be made to send
// one, with anybody's text in it (ALPACA), so it deserves no answer.
bool looks_like_http(std::string_view line);

}  // namespace postern
