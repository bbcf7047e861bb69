// The side that faces the mail client, from greeting to login: bytes in,
// actions out.  One Front per connection, owned by its session, one thread.

#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/action.h"

namespace postern {

// Defaults are the table of limits every service starts from.
struct FrontOptions {
  std::string greeting = "Postern ready.";  // text of the greeting
  std::string capability;  // replaces the list we announce; STARTTLS, STLS,
                           // LOGINDISABLED and the like still follow the truth
  std::string ok_line;     // text after a successful login; empty: backend's
  bool pass_backend_text = true;  // the backend's final line, not our own
  bool offer_tls = false;         // STARTTLS / STLS is possible
  bool require_tls = false;       // refuse passwords in the clear
  bool login_disabled = false;    // refuse every login

  // SASL mechanisms for AUTHENTICATE / AUTH, upper case, rows of
  // mechanisms.cc.
  std::vector<std::string> mechanisms = {"PLAIN", "LOGIN"};
  bool takes(std::string_view mechanism) const {
    return std::ranges::find(mechanisms, mechanism) != mechanisms.end();
  }
  // See SaslRules.
  bool for_others = false;
  char master_separator = '\0';

  size_t max_line = 8192;      // octets of a command line, literals apart
  size_t max_literal = 4096;   // octets of one literal
  size_t max_tag = 64;         // octets
  size_t max_user = 1024;      // octets, decoded
  size_t max_password = 1024;  // octets, decoded
  size_t max_id = 65536;       // octets of one ID command in total
  int max_bad_commands = 5;    // then goodbye
  int max_logins = 3;          // failed attempts, then goodbye
  int max_commands = 100;      // before a login, of any kind; then goodbye
};

// Why the session itself ends a conversation.
enum class Farewell {
  Shutdown,  // the server stops
  TooSlow,   // the time for logging in is over
  TooMany,   // too many connections (before greet())
};

class Front {
 public:
  virtual ~Front() = default;

  // The peer is a proxy whose word about its client counts.  Before greet().
  virtual void trust() = 0;

  // What every backend that the client may come to has offered lately (see
  // Back::offered()).  Before greet(), if it is known.
  virtual void backends_offer(std::string_view words) = 0;

  // First of all; after tls_started() where TLS comes first.
  virtual void greet(Actions& out) = 0;

  // Takes all of `bytes`.  Between LogIn and settle() they are only kept.
  virtual void feed(std::string_view bytes, Actions& out) = 0;

  // The connection is encrypted from here on: at once for implicit TLS, or in
  // answer to StartTls.  Everything said before is forgotten (RFC 2595, 3501).
  virtual void tls_started() = 0;

  // The client has shown a certificate that says who he is: EXTERNAL is for
  // him.  After tls_started(); before greet() where TLS comes first.
  virtual void certified() = 0;

  // Between LogIn and settle(), for a relayed mechanism: what the backend wants
  // to hear from the client, in base64.  A Response action answers.
  virtual void challenge(std::string_view base64, Actions& out) = 0;

  // Answers the LogIn action.  Unless accepted, the client may try again, and
  // what it pipelined meanwhile is carried on with.
  virtual void settle(const Verdict& verdict, Actions& out) = 0;

  // Says goodbye in the protocol's words, then HangUp.
  virtual void dismiss(Farewell why, Actions& out) = 0;

  // After settle(Accepted): what the client pipelined behind its login, for
  // the backend.  To be taken once.
  virtual std::string take_rest() = 0;
};

}  // namespace postern
