// Sessions with backends that the next connection may resume, by backend: the
// handshake is shorter then, and the certificate is not verified again.  Hence
// there is one store for each set of rules for verifying, in the context that
// has them, and no session is used for longer than an hour.

#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "proxy/tls/openssl_types.h"

namespace postern {

// Owned by a context, any thread.
class SessionStore {
 public:
  // Of one backend, for logins at the same time; and of all of them.
  static constexpr size_t kPerBackend = 8;
  static constexpr size_t kBackends = 256;

  // The newest one; nullptr if there is none.  It is not given out again (RFC
  // 8446 appendix C.4: whoever sees a ticket twice can tell who comes back).
  SessionPtr take(const std::string& backend);

  // Keeps a copy: a session that is in use belongs to its connection's thread.
  // Beyond what fits, the oldest goes.
  void keep(const std::string& backend, const SSL_SESSION* session);

  // Something went wrong there: begin anew (RFC 5246 section 7.2).
  void forget(const std::string& backend);

 private:
  struct Shelf {
    std::string backend;
    std::vector<SessionPtr> sessions;  // the newest last
  };
  using Shelves = std::list<Shelf>;

  std::mutex mutex_;
  Shelves shelves_;  // the latest used first
  std::map<std::string, Shelves::iterator, std::less<>> by_backend_;
};

}  // namespace postern
