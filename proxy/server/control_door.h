// The admin_socket: bound with the ports, before root is left, and kept across
// reloads.  What is said on it is proxy/admin's business.

#pragma once

#include <functional>
#include <memory>

#include "proxy/net/listener.h"
#include "proxy/net/local_socket.h"
#include "proxy/server/options.h"

namespace postern {

class Log;

// Owned by the server, used on the main thread.
class ControlDoor {
 public:
  // Owns the connected socket.
  using Accepted = std::function<void(int socket)>;

  ControlDoor(Loop& loop, Log& log) : loop_(loop), log_(log) {}

  void on_accept(Accepted accepted) { accepted_ = std::move(accepted); }

  // Binds what `options` name unless it is what we have already; null then, and
  // if they name nothing.
  Result<std::unique_ptr<LocalSocket>> prepare(const ServerOptions& options);

  // From now on that one serves.  Without one: the old goes on, with what
  // `options` say of its mode and owner, or ends if they name none.
  Status settle(const ServerOptions& options,
                std::unique_ptr<LocalSocket> fresh);

  std::string path() const { return name_ ? name_->options().path : ""; }

 private:
  Status listen(std::unique_ptr<LocalSocket> fresh);

  Loop& loop_;
  Log& log_;
  Accepted accepted_;
  std::unique_ptr<LocalSocket> name_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace postern
