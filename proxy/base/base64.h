// Base64 as SASL needs it (RFC 4648 section 4).  Decoding is strict: no blanks,
// no line ends, padding required and last, unused bits zero, standard alphabet
// only (CVE-2026-33603 and CVE-2025-59028 came from leniency).

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/secret.h"

namespace postern {

std::string base64_encode(std::string_view bytes);

// Nothing if `text` is not exactly base64; "" decodes to "".
std::optional<Secret> base64_decode(std::string_view text);

}  // namespace postern
