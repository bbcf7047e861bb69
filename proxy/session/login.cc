#include "proxy/session/login.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/log.h"

namespace postern {

Login::Login(SessionHost& host, std::shared_ptr<const Service> service,
             Credentials who, SessionStory& story, Done done)
    : host_(host),
      service_(std::move(service)),
      who_(std::move(who)),
      story_(story),
      done_(std::move(done)) {}

void Login::start() {
  find_route(host_.loop(), *service_,
             Question{who_.user, story_.client, story_.local}, false,
             life_.guard([this](RouteAnswer answer, const RouteTrace&) {
               on_route(std::move(answer));
             }));
}

void Login::on_route(RouteAnswer answer) {
  if (!answer)
    return give_up(answer.error().fault == Fault::Config
                       ? Verdict::Kind::Misconfigured
                       : Verdict::Kind::Unavailable,
                   Failure::NoServer, answer.error().text);
  // To the client an unknown user looks like a wrong password.
  if (!*answer)
    return give_up(Verdict::Kind::WrongPassword, Failure::NoServer,
                   "no map knows this user");
  destination_ = std::move(**answer);
  who_.user = destination_->user;
  story_.routed_user = destination_->user;
  deadline_ = host_.loop().now() +
              static_cast<uint64_t>(service_->options.timeouts.connect);
  try_next();
}

void Login::try_next() {
  const uint64_t now = host_.loop().now();
  auto backend = destination_->pool->pick(who_.user, now, tried_);
  if (!backend || now >= deadline_)
    return give_up(Verdict::Kind::Unavailable, last_failure_,
                   failures_.empty() ? "no backend to ask" : failures_);
  tried_.push_back(backend);

  Endpoint where = backend->where();
  if (where.port == 0) where.port = destination_->side->options.port;
  story_.backend = where.text();
  story_.backend_address.reset();
  dialogue_ = std::make_unique<BackDialogue>(
      BackDialogue::Asked{host_, *service_, *destination_->side, where, who_,
                          story_, share_of_time()},
      [this](BackDialogue::Outcome outcome) {
        host_.loop().bury(std::move(dialogue_));
        on_outcome(std::move(outcome));
      });
  dialogue_->start();
}

void Login::on_outcome(BackDialogue::Outcome outcome) {
  Backend& backend = *tried_.back();
  const bool answered = outcome.verdict.kind != Verdict::Kind::Unavailable;
  if (answered) {
    backend.succeeded();
  } else if (!outcome.asked) {
    backend.failed(host_.loop().now(), destination_->pool->rest_ms());
    LogLine line("backend_failed");
    line.add("session", story_.id)
        .add("service", story_.service)
        .add("backend", story_.backend)
        .add("reason", outcome.verdict.detail);
    host_.log().event(LogLevel::Warning, line);
    if (!failures_.empty()) failures_ += "; ";
    failures_ += story_.backend + ": " + outcome.verdict.detail;
    last_failure_ = outcome.failure;
    return try_next();
  }
  story_.failure = outcome.failure;
  done_({std::move(outcome.verdict), std::move(outcome.transport),
         std::move(outcome.rest), tried_.back()});
}

// Half of what is left while there are others to turn to, so that one silent
// backend cannot use up the time of the next.
uint64_t Login::share_of_time() const {
  const uint64_t left = deadline_ - host_.loop().now();
  const bool last = tried_.size() >= destination_->pool->backends().size();
  return std::max<uint64_t>(last ? left : left / 2, 1);
}

void Login::give_up(Verdict::Kind kind, Failure failure, std::string detail) {
  story_.failure = failure;
  Outcome outcome;
  outcome.verdict.kind = kind;
  outcome.verdict.detail = std::move(detail);
  done_(std::move(outcome));
}

}  // namespace postern
