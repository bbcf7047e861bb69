#include "proxy/session/trust_notices.h"

#include "proxy/base/log.h"

namespace postern {
namespace {

// Where maps name backends one by one, there may be many of them.
constexpr size_t kMost = 10000;

struct Words {
  LogLevel level;
  std::string_view event;
  std::string reason;
};

Words words(const SessionStory& story, Introduced what) {
  const std::string us =
      story.source_address ? story.source_address->ip() : "our address";
  switch (what) {
    case Introduced::Trusted:
      return {LogLevel::Notice, "identity_trusted",
              "it takes our word for who the client is"};
    case Introduced::NotOffered:
      return {LogLevel::Warning, "identity_not_offered",
              "client_identity asks for what this backend does not offer"};
    case Introduced::Unconfirmed:
      return {LogLevel::Notice, "identity_unconfirmed",
              "Dovecot before 2.4 does not say whether it takes our word for "
              "who the client is; if its log shows our address instead, add " +
                  us + " to login_trusted_networks there"};
    default:
      return {LogLevel::Warning, "identity_not_trusted",
              "it does not take our word for who the client is, and its log "
              "shows our address instead: add " +
                  us +
                  " to login_trusted_networks there (Dovecot) or "
                  "trusted_networks (Postern), or set client_identity none "
                  "here"};
  }
}

bool worth_telling(IdentityMode mode, Introduced what) {
  switch (what) {
    case Introduced::Trusted:
    case Introduced::Untrusted:
    case Introduced::Unconfirmed:
      return true;
    case Introduced::NotOffered:
      return mode == IdentityMode::Id || mode == IdentityMode::Xclient;
    default:
      return false;
  }
}

}  // namespace

std::optional<Introduced> TrustNotices::news(const std::string& backend,
                                             Introduced now) {
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(backend);
  if (known == known_.end()) {
    if (known_.size() >= kMost) known_.clear();
    known_[backend] = now;
    if (now == Introduced::Trusted) return std::nullopt;
    return now;
  }
  // It can say it, has done so, and does not any more.
  if (now == Introduced::Unconfirmed && known->second != now)
    now = Introduced::Untrusted;
  if (known->second == now) return std::nullopt;
  return known->second = now;
}

void notice_trust(SessionHost& host, const SessionStory& story,
                  IdentityMode mode, Introduced came_of_it) {
  if (!worth_telling(mode, came_of_it)) return;
  const auto news = host.trust_notices().news(story.backend, came_of_it);
  if (!news) return;
  const Words told = words(story, *news);
  LogLine line(told.event);
  line.add("session", story.id)
      .add("service", story.service)
      .add("backend", story.backend)
      .add("reason", told.reason);
  host.log().event(told.level, line);
}

}  // namespace postern
