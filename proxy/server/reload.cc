// What SIGHUP does: the whole configuration is read, opened and bound anew
// beside the running one, and swapped in only if all of it worked.  Nobody is
// disconnected; a configuration that cannot be used changes nothing.

#include <utility>

#include "proxy/server/server.h"

namespace postern {

void Server::reload() {
  if (stopping_) return;
  auto snapshot = build_anew();
  if (!snapshot)
    return log_.say(LogLevel::Error,
                    "reload failed, the old configuration goes on: " +
                        snapshot.error().text);
  auto sockets = open_sockets(**snapshot);
  if (!sockets)
    return log_.say(LogLevel::Error,
                    "reload failed, the old configuration goes on: " +
                        sockets.error().text);
  // Log rotation comes by the same signal.
  if (const Status reopened = log_.reopen((*snapshot)->options.log); !reopened)
    log_.say(LogLevel::Error, "the old log goes on: " + reopened.error().text);
  snapshot_ = std::move(*snapshot);
  director_.adopt(snapshot_->options.director, snapshot_->pools);
  hand_out(std::move(*sockets));
  log_.event(LogLevel::Notice,
             LogLine("reloaded").add("services", snapshot_->services.size()));
}

Result<std::shared_ptr<const Snapshot>> Server::build_anew() {
  auto options = load_();
  if (!options) return std::move(options).error();
  const ServerOptions& now = snapshot_->options;
  if (options->threads != now.threads || options->username != now.username ||
      options->group != now.group)
    log_.say(LogLevel::Warning,
             "reload: threads, username and group change at a restart only");
  return Snapshot::build(std::move(*options), director_, snapshot_.get());
}

}  // namespace postern
