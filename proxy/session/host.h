// What a session needs of the worker it lives on.

#pragma once

#include <string>

#include "proxy/base/address.h"

namespace postern {

class Log;
class Loop;
class Resolver;
class Session;
class TrustNotices;

class SessionHost {
 public:
  virtual Loop& loop() = 0;
  virtual Resolver& resolver() = 0;
  virtual Log& log() = 0;
  // True if a connection to this address would come back to us.
  virtual bool is_self(const Address& address) const = 0;
  // The client turned out to be another than the socket's peer, and counts from
  // now on as the story has it.  False: there are too many of its address.
  virtual bool admit(Session& session) = 0;
  // Which backends do not believe us, over all sessions.
  virtual TrustNotices& trust_notices() = 0;
  // The login succeeded: no longer counted among those who may be dropped.
  virtual void on_logged_in(Session& session) = 0;
  // The session is over; the host buries it.
  virtual void on_ended(Session& session) = 0;

 protected:
  ~SessionHost() = default;
};

}  // namespace postern
