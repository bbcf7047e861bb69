// What the log says of one session: a line for each attempt to log in and one
// at its end, in our own words or in Perdition's.  What happened is collected
// in a SessionStory; passwords have no place in it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/address.h"
#include "proxy/protocol/action.h"
#include "proxy/tls/shared_facts.h"

namespace postern {

class Log;

enum class Security { Plaintext, Starttls, Ssl };
const char* words(Security security);  // Perdition's, in every format

// Why the last attempt to log in failed, as the log tells failures apart.
enum class Failure {
  None,
  WrongPassword,
  Refused,       // the backend said no, for a reason of its own
  NoServer,      // no map knows the user, or none could be asked
  NoConnection,  // no backend could be reached
  Negotiation,   // the backend was reached, but did not do its part
  NoTls,         // it has no TLS, or none we may trust
  Disabled,      // logins are switched off
  Cancelled,     // the client called a relayed exchange off
};

Failure failure_of(const Verdict& verdict);

struct FailureWords {
  const char* ours;       // verdict=…
  const char* perdition;  // status="…"
};
const FailureWords& words(Failure failure);

// How the connection ended; SessionStory::reason has the details.
enum class Ending {
  Orderly,     // LOGOUT, QUIT, the backend's or our own goodbye
  ClientLeft,  // closed, reset
  TimedOut,    // too slow to log in, or idle for too long afterwards
  NoTls,       // the client's handshake failed
};

// Filled by the session as it learns things; what it never learnt stays empty.
struct SessionStory {
  std::string id;
  std::string service;
  std::string_view protocol;  // Perdition's word, from the table of protocols
  Address client;             // the mail client, as far as we know
  Address local;              // where it connected to
  // The trusted proxy that told us so; nothing: our own socket did.
  std::optional<Address> via;
  int ttl = kProxyTtl;           // proxies this login may still pass
  std::optional<bool> told_tls;  // whether the client speaks TLS to that proxy
  std::string told_name;         // the host the client asked that proxy for
  IdFields fields;               // what the client says of itself
  Security front_security = Security::Plaintext;
  SharedFacts front_tls;

  int attempts = 0;
  std::string user;  // as typed; of the last attempt, like all that follows
  std::string routed_user;
  std::string authid;  // who proved to be himself; empty: the user
  std::string master;  // who logs in at the backend for him; empty: nobody
  std::string mechanism;
  std::string pool;     // empty for a host of its own
  std::string backend;  // as configured, with its port
  std::optional<Address> backend_address;
  std::optional<Address> source_address;  // ours towards it
  std::string_view identity;              // how it was told who the client is
  Security back_security = Security::Plaintext;
  SharedFacts back_tls;
  Failure failure = Failure::None;

  bool logged_in = false;
  uint64_t received = 0;      // octets from client to backend after the login
  uint64_t sent = 0;          // and from backend to client
  uint64_t milliseconds = 0;  // since accept
  Ending ending = Ending::Orderly;
  std::string reason;  // of the end, in words
};

// Perdition's format only: the others tell it all at the end.
void log_connect(Log& log, const SessionStory& story);

// A connection that was given up for its PROXY header, or that has one which
// nobody asked for.
void log_header_trouble(Log& log, const SessionStory& story,
                        std::string_view problem);

// A certificate that was verified names nobody who could log in by EXTERNAL.
void log_useless_certificate(Log& log, const SessionStory& story);

// After each attempt, successful or not.
void log_login(Log& log, const SessionStory& story, const Verdict& verdict);

// While the session lasts (connect_relog), for what watches the log to see who
// is there (POP before SMTP).
void log_again(Log& log, const SessionStory& story);

// Once, at the end of every session.
void log_end(Log& log, const SessionStory& story);

}  // namespace postern
