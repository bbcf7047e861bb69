// The longer answers of the POP3 front: what CAPA lists and how a login that
// came to nothing is told (RFC 2449, 3206).

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/protocol/front.h"

namespace postern {

// The lines of CAPA, where `offered` is what every backend offers, nothing if
// that is not known.  What depends on the connection tells the truth even if
// `options.capability` says otherwise: STLS while it is possible, USER and SASL
// while `logins` are.
std::vector<std::string> pop3_capabilities(
    const FrontOptions& options, const std::optional<std::string>& offered,
    bool secure, bool certified, bool logins);

// The -ERR line, without its end, for a verdict other than Accepted.
std::string pop3_refusal(const Verdict& verdict, bool pass_backend_text);

}  // namespace postern
