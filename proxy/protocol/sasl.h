// The server side of the SASL mechanisms we can carry, shared by every front
// engine (RFC 4616 PLAIN, the LOGIN draft).  Messages in and out are base64 as
// they stand on the wire; the engine adds its own "+ " and CRLF.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proxy/protocol/action.h"

namespace postern {

struct SaslLimits {
  size_t max_user = 1024;
  size_t max_password = 1024;
};

struct SaslStep {
  enum class Kind {
    Challenge,  // send `text` (base64, may be empty) and wait for a line
    Finished,   // `who` is complete and checked
    Malformed,  // bad base64 or message structure: a protocol error (BAD)
    Refused,    // well-formed but not acceptable (control characters, foreign
                // authzid, too long): an authentication failure (NO)
    Cancelled,  // the client sent "*"
  };
  Kind kind;
  std::string text;  // the challenge, or the reason in words
  Credentials who;
};

// One exchange; owned by the front engine, dropped when it ends.
class Sasl {
 public:
  virtual ~Sasl() = default;
  // The initial response, or the empty "no initial response given".
  virtual SaslStep start() = 0;
  // One line of the client, without its end ("=" only stands for empty in an
  // initial response; the caller passes "" then, with `initial` true).
  virtual SaslStep step(std::string_view line) = 0;
};

// `mechanism` in any case; nullptr if unknown or not in `allowed`.
std::unique_ptr<Sasl> make_sasl(std::string_view mechanism,
                                const std::vector<std::string>& allowed,
                                SaslLimits limits);

// The checks every decoded name and password must pass before anything else
// sees them, in every protocol and mechanism: 1..max octets (the password may
// be empty only where the caller allows), no control characters (POP3 sends
// them unencoded; nginx and Dovecot were made to relay "DELE 1" this way).
// Returns the reason, or empty if they may pass.
std::string_view check_credentials(std::string_view user,
                                   std::string_view password,
                                   SaslLimits limits);

}  // namespace postern
