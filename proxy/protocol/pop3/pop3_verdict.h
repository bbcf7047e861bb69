// What a POP3 server's replies mean for a login (RFC 1939, 2449, 3206).

#pragma once

#include <string_view>

#include "proxy/protocol/action.h"

namespace postern {

struct Pop3Reply {
  enum class Kind { Ok, Err, Continue, Garbage };
  Kind kind;
  std::string_view text;  // behind the status and one blank

  static Pop3Reply read(std::string_view line);
};

// The verdict in the text of an -ERR to a login.  Without a code, or with
// one that clients are not promised, it can only be taken for a wrong password:
// its words would tell who has a mailbox here.
Verdict pop3_login_refused(std::string_view text);

}  // namespace postern
