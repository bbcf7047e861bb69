// `who`: the sessions, or those that fit what is asked for.

#include <memory>
#include <optional>
#include <utility>

#include "proxy/admin/session_tour.h"
#include "proxy/base/ascii.h"
#include "proxy/base/clock.h"
#include "proxy/base/netmask.h"

namespace postern {
namespace {

constexpr Column kSessionColumns[] = {
    {"user"},
    {"service"},
    {"client"},
    {"backend"},
    {"pool"},
    {"since", Form::Time},
    {"received", Form::Octets},
    {"sent", Form::Octets},
    {"state"},
    {"tls"},
    {"backend_tls"},
    {"mechanism"},
    {"backend_user"},
    {"authid"},
    {"session"},
};

bool is_user(const SessionStory& story, std::string_view name) {
  return same_text(story.user, name) || same_text(story.routed_user, name);
}

// An address, one with its port, or a network.
class Place {
 public:
  explicit Place(std::string text) : text_(std::move(text)) {
    if (const auto parsed = Netmask::parse(text_)) network_ = *parsed;
  }

  bool has(const Address& client) const {
    return network_ ? network_->contains(client) : client.text() == text_;
  }

 private:
  std::string text_;
  std::optional<Netmask> network_;
};

// The whole name, or as much of its end as backends are called by.
bool is_backend(const SessionStory& story, const std::string& name) {
  if (story.backend.empty()) return false;
  return story.backend == name || story.backend.starts_with(name + ":") ||
         story.pool + "/" + story.backend == name;
}

// What was asked for; all of it must fit.
struct Filter {
  explicit Filter(const Invocation& asked)
      : any(asked.word(0)),
        user(asked.option("--user")),
        address(asked.option("--address")),
        backend(asked.option("--backend")),
        service(asked.option("--service")),
        any_place(any),
        place(address) {}

  bool fits(const SessionStory& story) const {
    return (any.empty() || is_user(story, any) || any_place.has(story.client) ||
            is_backend(story, any)) &&
           (user.empty() || is_user(story, user)) &&
           (address.empty() || place.has(story.client)) &&
           (backend.empty() || is_backend(story, backend)) &&
           (service.empty() || story.service == service);
  }

  std::string any;  // user, address or backend
  std::string user;
  std::string address;
  std::string backend;
  std::string service;
  Place any_place;
  Place place;
};

std::vector<Value> describe(const Session& session, const SessionStory& story) {
  return {text_or_none(story.user),
          story.service,
          story.client.text(),
          text_or_none(story.backend),
          text_or_none(story.pool),
          milliseconds_since_1970() - session.milliseconds(),
          session.received(),
          session.sent(),
          std::string(session.state()),
          text_or_none(std::string(story.front_tls->version)),
          text_or_none(std::string(story.back_tls->version)),
          text_or_none(story.mechanism),
          text_or_none(story.routed_user == story.user ? std::string()
                                                       : story.routed_user),
          text_or_none(story.authid),
          story.id};
}

}  // namespace

void show_sessions(const Call& call) {
  const auto filter = std::make_shared<const Filter>(call.asked);
  call.answer->table("sessions", kSessionColumns);
  SessionTour::begin(
      call,
      [filter](const Session& session) {
        const SessionStory story = session.story();  // made when asked for
        return filter->fits(story) ? describe(session, story)
                                   : std::vector<Value>();
      },
      [](Answer& answer, uint64_t rows) {
        answer.ok(std::to_string(rows) +
                  (rows == 1 ? " session" : " sessions"));
      });
}

}  // namespace postern
