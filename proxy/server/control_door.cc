#include "proxy/server/control_door.h"

#include <unistd.h>
#include <utility>

#include "proxy/base/log.h"
#include "proxy/server/privileges.h"

namespace postern {
namespace {

// Unless told otherwise the socket is given to whom the daemon becomes: then it
// can be changed by a reload, too.
Result<LocalSocketOptions> resolve(const ServerOptions& options) {
  const ControlOptions& control = options.control;
  LocalSocketOptions resolved;
  resolved.path = control.path;
  resolved.mode = control.mode;
  const auto identity = find_identity(options.username, options.group);
  if (!identity) return identity.error();
  if (*identity) resolved.owner = (*identity)->user;
  if (*identity) resolved.group = (*identity)->group;
  if (!control.owner.empty()) {
    const auto user = find_user(control.owner);
    if (!user) return user.error();
    resolved.owner = *user;
  }
  if (!control.group.empty()) {
    const auto group = find_group(control.group);
    if (!group) return group.error();
    resolved.group = *group;
  }
  return resolved;
}

}  // namespace

Result<std::unique_ptr<LocalSocket>> ControlDoor::prepare(
    const ServerOptions& options) {
  if (options.control.path.empty() || options.control.path == path())
    return std::unique_ptr<LocalSocket>();
  const auto wanted = resolve(options);
  if (!wanted) return wanted.error();
  auto opened = LocalSocket::open(*wanted);
  if (!opened) return std::move(opened).error().in("admin_socket");
  return opened;
}

Status ControlDoor::settle(const ServerOptions& options,
                           std::unique_ptr<LocalSocket> fresh) {
  if (fresh) return listen(std::move(fresh));
  if (options.control.path.empty()) {
    listener_.reset();
    name_.reset();
    return Done{};
  }
  const auto wanted = resolve(options);
  if (!wanted) return wanted.error();
  if (*wanted == name_->options()) return Done{};
  return name_->change(*wanted);
}

Status ControlDoor::listen(std::unique_ptr<LocalSocket> fresh) {
  auto listener = Listener::start(
      loop_, fresh->take_socket(),
      [this](int socket, const Address&) {
        if (accepted_) return accepted_(socket);
        close(socket);
      },
      [this](std::string_view why) {
        log_.say(LogLevel::Error,
                 "accepting on admin_socket pauses: " + std::string(why));
      });
  if (!listener) return std::move(listener).error().in("admin_socket");
  listener_ = std::move(*listener);
  name_ = std::move(fresh);
  return Done{};
}

}  // namespace postern
