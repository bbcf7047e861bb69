// The side that faces the mail server, from its greeting to its verdict: bytes
// in, actions out.  One Back per backend connection, owned by the session.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/protocol/action.h"

namespace postern {

struct BackOptions {
  // STARTTLS / STLS towards the backend.  (Implicit TLS is the session's: the
  // engine only ever sees plaintext, and is then told `Never`.)
  enum class Upgrade { Never, IfOffered, Required };
  Upgrade upgrade = Upgrade::Never;

  size_t max_line = 8192;    // octets of one line from the backend
  size_t max_total = 65536;  // octets before the verdict
  int max_lines = 100;       // lines before the verdict

  // Only a look: asks what the backend can do and stops where the login would
  // begin.  Settled(Accepted) means that it could.
  bool stop_before_login = false;
};

class Back {
 public:
  virtual ~Back() = default;

  // Takes all of `bytes`.  Ends in exactly one Settled; what comes behind the
  // backend's final reply is kept for take_rest().
  virtual void feed(std::string_view bytes, Actions& out) = 0;

  // Before anything else, if the server is to know whose login it is, as far as
  // it shows that it understands.  `client` must outlive the engine.
  virtual void introduce(const ClientIdentity& client, Introduce how) = 0;
  // After Settled.
  virtual Introduced introduced() const = 0;

  // In answer to StartTls.  Everything learnt in the clear is forgotten.
  virtual void tls_started(Actions& out) = 0;

  // What the server has offered lately (see offered()); nothing if that must be
  // found out now, even at the cost of a round trip.  Before anything else, if
  // at all.
  virtual void recall(const std::optional<std::string>& offered) = 0;
  // After Settled: what the server offers where it takes the login, as a list
  // of words, each fit for a client: capabilities, "AUTH=…" for a mechanism.
  // Nothing if it has not come to that.
  virtual std::optional<std::string> offered() const = 0;

  // Answers a Challenge action.
  virtual void respond(const Response& answer, Actions& out) = 0;

  // The backend hung up.  Settled follows unless it came already.
  virtual void closed(Actions& out) = 0;

  // True once the greeting has been read in full: the connect deadline ends.
  virtual bool greeted() const = 0;

  // After Settled(Accepted): bytes behind the final reply, for the client.
  virtual std::string take_rest() = 0;
};

}  // namespace postern
