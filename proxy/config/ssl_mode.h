// ssl_mode: Perdition's words for TLS on either side.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/draft.h"

namespace postern {

// Words between commas; they add up.
Status add_ssl_mode(Draft& draft, std::string_view value);
// Of a pool's line: speaks of the backends' side only.
Status add_outgoing_ssl_mode(Draft& draft, std::string_view value);
void clear_ssl_mode(Draft& draft);
std::vector<std::string> show_ssl_mode(const Draft& draft);

// What contradicts itself; empty if nothing does.
std::string contradiction(const Draft& draft);

// Once the protocol is known: what an unset ssl_mode means, and what the
// engines need to know.
void settle_ssl_mode(Draft& draft);

}  // namespace postern
