// Small questions about text as mail protocols use it: octets, ASCII only, no
// locale.  Nothing here knows a protocol.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Equal but for the case of ASCII letters.
bool same_text(std::string_view a, std::string_view b);
bool starts_with_text(std::string_view text, std::string_view prefix);

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// Without leading and trailing blanks and tabs.
std::string_view trim(std::string_view text);

// Pieces between separators; "a,,b" has three, "" has one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

// Decimal digits only, at most `most`; no sign, no blanks, no wrap-around.
std::optional<uint64_t> parse_number(std::string_view digits, uint64_t most);

// Octets of the well-formed UTF-8 sequence (RFC 3629) that `text` starts with;
// 0 if there is none.
size_t utf8_length(std::string_view text);

// True if any octet is a control character, 0x00-0x1f or 0x7f.
bool has_control(std::string_view text);

// Fit for a log or an error text: control characters, backslash and octets
// that are not valid UTF-8 become \xNN; cut to `limit` octets of input, marked
// by "...".  C1 controls and line separators (U+0080-9F, U+2028/9) count as
// control characters too: terminals act on them.
std::string printable(std::string_view text, size_t limit = 256);

}  // namespace postern
