// What a session needs of the worker it lives on.

#pragma once

#include <string>

#include "proxy/base/address.h"

namespace postern {

class Log;
class Loop;
class Resolver;
class Session;

class SessionHost {
 public:
  virtual Loop& loop() = 0;
  virtual Resolver& resolver() = 0;
  virtual Log& log() = 0;
  // True if a connection to this address would come back to us.
  virtual bool is_self(const Address& address) const = 0;
  // The login succeeded: no longer counted among those who may be dropped.
  virtual void on_logged_in(Session& session) = 0;
  // The session is over; the host buries it.
  virtual void on_ended(Session& session) = 0;

 protected:
  ~SessionHost() = default;
};

}  // namespace postern
