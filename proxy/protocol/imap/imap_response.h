// One line of an IMAP server, taken apart (RFC 3501 section 7, 9).

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postern {

struct ImapResponse {
  enum class Kind { Continuation, Untagged, Tagged, Garbage };
  enum class Status { None, Ok, No, Bad, Bye, Preauth };

  Kind kind = Kind::Garbage;
  std::string_view tag;  // Tagged
  Status status = Status::None;
  std::string_view code;  // "ALERT", "CAPABILITY IMAP4rev1 …", or empty
  // Behind the status and code; without a status, all behind "* ".
  std::string_view text;
  std::string_view said;  // all behind the tag, "*" or "+"

  // The list if it tells capabilities, by code or by an untagged line.
  std::string_view capabilities() const;
};

// Octets of the literal that the line ends by announcing ("{7}"), if it does.
std::optional<uint64_t> announced_literal(std::string_view line);

// The views are into `line`, which comes without its end.  Lenient where
// servers are: case does not matter, text may be missing.
ImapResponse parse_response(std::string_view line);

}  // namespace postern
