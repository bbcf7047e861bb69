// Which backends take our word for who the client is, so that the administrator
// hears of those that do not: of each once, and again when that has changed.

#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "proxy/protocol/identity.h"
#include "proxy/session/back_side.h"
#include "proxy/session/host.h"
#include "proxy/session/session_log.h"

namespace postern {

// Thread-safe.  Owned by the server, outlives the workers and reloads.
class TrustNotices {
 public:
  // What there is to be said of this backend ("host:port") after a login has
  // shown `now`; nothing if it has been said, or is what is expected.
  std::optional<Introduced> news(const std::string& backend, Introduced now);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Introduced> known_;
};

// Logs what a login has shown of its backend, if it is news.
void notice_trust(SessionHost& host, const SessionStory& story,
                  IdentityMode mode, Introduced came_of_it);

}  // namespace postern
