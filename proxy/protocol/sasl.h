// The server side of the SASL mechanisms we can carry, shared by every front
// engine (RFC 4422).  Messages in and out are base64 as they stand on the wire;
// the engine adds its own "+ " and CRLF.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/action.h"

namespace postern {

struct SaslRules {
  size_t max_user = 1024;      // octets, decoded
  size_t max_password = 1024;  // octets, decoded
  // One may log in for another: whether that is granted is the backend's to
  // say.
  bool for_others = false;
  // Between user and master where both are written as one name ("user*master");
  // '\0': they never are.
  char separator = '\0';
  // The client has shown a certificate that says who he is.
  bool certified = false;
};

struct SaslStep {
  enum class Kind {
    Challenge,  // send `text` (base64, may be empty) and wait for a line
    Finished,   // `who` is complete and checked
    Malformed,  // bad base64 or message structure: a protocol error (BAD)
    Refused,    // well-formed but not acceptable (control characters, foreign
                // authzid, empty, too long): an authentication failure (NO)
    Cancelled,  // the client sent "*"
  };
  Kind kind;
  std::string text = {};  // the challenge, or the reason in words: our own,
                          // never the client's octets
  Credentials who = {};   // Finished only

  static SaslStep challenge(std::string_view message);
  static SaslStep finished(std::string_view user, Secret secret,
                           std::string_view mechanism);
  static SaslStep malformed(std::string_view reason);
  static SaslStep refused(std::string_view reason);
};

// One exchange up to where the user and all that we need of the secret are
// known; owned by the front engine, dropped as soon as a step is anything but a
// Challenge.  Secrets stay in Secrets, decoded messages are wiped; the caller
// wipes the lines it passes in.
class Sasl {
 public:
  virtual ~Sasl() = default;

  // First of all.  `initial` is the initial response exactly as the client
  // wrote it behind the mechanism: base64, or "=" for an empty one (RFC 4959,
  // 5034).  Nothing if the client gave none, which earns the first Challenge.
  SaslStep start(std::optional<std::string_view> initial = std::nullopt);

  // The answer to a Challenge: one line of the client without its end.  ""
  // is an empty answer here, "*" cancels, and "=" is not base64.
  SaslStep step(std::string_view line);

  // Before all.  Octets of one message, decoded: more is refused unread; and
  // what is asked of the names at the end.
  void go_by(size_t max_message, SaslRules rules) {
    max_message_ = max_message;
    rules_ = rules;
  }

 protected:
  virtual SaslStep first_challenge() = 0;
  // One decoded message.
  virtual SaslStep respond(std::string_view message) = 0;

 private:
  SaslStep decode(std::string_view base64);
  SaslStep hear(std::string_view message);

  size_t max_message_ = 8192;
  SaslRules rules_;
};

// `mechanism` in any case; nullptr if unknown, not in `allowed` or nothing for
// this client.
std::unique_ptr<Sasl> make_sasl(std::string_view mechanism,
                                const std::vector<std::string>& allowed,
                                SaslRules rules);

// Of a relayed exchange, the client's answer to a challenge: one line without
// its end, in base64 or "*".  What is neither is cancelled too, with a
// `problem` in words.
Response relayed_response(std::string_view line, std::string_view& problem);

// The checks every decoded name and password must pass before anything else
// sees them, in every protocol and mechanism: 1..max octets, no control
// characters (POP3 sends them unencoded; nginx and Dovecot were made to relay
// "DELE 1" this way).  They return the reason, or empty if it may pass.
std::string_view check_user(std::string_view user, SaslRules rules);
std::string_view check_password(std::string_view password, SaslRules rules);
std::string_view check_credentials(std::string_view user,
                                   std::string_view password, SaslRules rules);

}  // namespace postern
