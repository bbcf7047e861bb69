// Writing JSON (RFC 8259).  Only what is needed to write it: strings.

#pragma once

#include <string>
#include <string_view>

namespace postern {

// A JSON string in quotes, valid UTF-8 always: octets that are no UTF-8 become
// U+FFFD.  Control characters and those that terminals act on are escaped, so
// that the text may be shown as it is.
std::string json_string(std::string_view text);

}  // namespace postern
