// What a protocol engine asks of the session that feeds it.  Engines do no I/O:
// bytes go in, actions come out, in the order they must be carried out.

#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proxy/base/secret.h"
#include "proxy/protocol/identity.h"
#include "proxy/protocol/referral.h"

namespace postern {

// Who wants in.  Names are exactly what the client sent, already checked: no
// control characters, 1 to 1024 octets.  Owned by the session for as long as a
// backend may still be asked; wiped when one has accepted.
struct Credentials {
  // Whose mail it is about: the authorization identity of SASL.
  std::string user;
  // The password; for a relayed mechanism what its row in mechanisms.cc makes
  // the first message to the backend from.
  Secret secret;
  std::string mechanism;  // "LOGIN", "USER", "PLAIN", "SCRAM-SHA-256", …
  // What the client has been promised already and the backend must be told
  // before the login (POP3: "UTF8", "LANG de").
  std::vector<std::string> prelude = {};
  // Whose secret it is, if not the user's own: that of a master, the
  // authentication identity.  Empty: the user's.
  std::string authid = {};
};

// How an attempt to log in ended, told by the back engine (or by the session,
// when no backend was reached) to the front engine, which words it for its
// client.  The kinds are named for whose fault it is.
struct Verdict {
  enum class Kind {
    Accepted,
    WrongPassword,  // of user and password, one is wrong; never say which
    Refused,        // the backend said no with a reason worth passing on
    Unavailable,    // could not find out: map, network, TLS, backend trouble
    Misconfigured,  // an administrator must act ([SERVERBUG], [SYS/PERM])
    Disabled,       // logins are switched off here
    Cancelled,      // the client called a relayed exchange off
  };
  Kind kind = Kind::Unavailable;
  // The backend's response code without brackets ("INUSE", "SYS/TEMP",
  // "CAPABILITY IMAP4rev1 …"); empty if it gave none.
  std::string code;
  // For the client: bounded, free of control characters.  May be empty.
  std::string text;
  // For our log only, never for the client: what went wrong in words.
  std::string detail;
  // Unavailable: the backend would not begin the TLS that it has to.
  bool tls_missing = false;
  // Accepted, IMAP: the capabilities after login if told with it (by code or by
  // an untagged line), already filtered; empty if not: those before the login
  // may be others.
  std::string capabilities;
  // Untagged IMAP lines to pass on before the tagged reply, CRLF included.
  std::string preamble;
  // The backend says that the mailbox is on another server.  Not a word of it
  // is for the client, who would take its password there.
  std::optional<Referral> referral = {};
};

struct Send {
  std::string bytes;
};
// As Send; what carries it must wipe its copies.
struct SendSecret {
  Secret bytes;
};
// Start the TLS handshake on this side once everything before is sent.  The
// engine has thrown away whatever it still held of the peer's plaintext.
struct StartTls {};
// Front only: find a backend and log in there.  Nothing more comes out until
// Front::settle(); the session stops reading from the client meanwhile.
struct LogIn {
  Credentials who;
  IdFields fields;  // what the client said of itself (ID)
};
// Front only, and only after Front::trust(): whose connection the peer carries.
struct Told {
  ToldIdentity client;
};
// Back only: the backend asks something that only the client can answer, in
// base64 that has been checked.  Nothing more comes out until Back::respond().
struct Challenge {
  std::string base64;
};
// Front only: the client's answer to Front::challenge(), in base64 that has
// been checked, or that it wants no more of this.  Nothing more comes out until
// the next challenge() or settle().
struct Response {
  Secret base64;
  bool cancelled = false;
};
// Back only: the end of the login dialogue.
struct Settled {
  Verdict verdict;
};
// Close this side once everything before is sent.  `reason` is for the log.
struct HangUp {
  std::string reason;
};

using Action = std::variant<Send, SendSecret, StartTls, LogIn, Told, Challenge,
                            Response, Settled, HangUp>;
using Actions = std::vector<Action>;

}  // namespace postern
