#include "proxy/session/login.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/log.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/sasl_external.h"
#include "proxy/session/back_names.h"
#include "proxy/session/referring.h"
#include "proxy/session/trust_notices.h"

namespace postern {

Login::Login(SessionHost& host, std::shared_ptr<const Service> service,
             Credentials who, SessionStory& story, Asking asking)
    : host_(host),
      service_(std::move(service)),
      who_(std::move(who)),
      story_(story),
      asking_(std::move(asking)),
      waiting_(host.loop()) {}

Login::~Login() {
  part_from_backend();
}

void Login::start() {
  if (story_.ttl <= 1)
    return give_up(Verdict::Kind::Misconfigured, Failure::NoServer,
                   "came through too many proxies, is it a loop?");
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
  story_.routed_user = destination_->user;
  if (Status named = name_user(); !named)
    return named.error().fault == Fault::Denied
               ? give_up(Verdict::Kind::WrongPassword, Failure::WrongPassword,
                         named.error().text)
               : give_up(Verdict::Kind::Misconfigured, Failure::Refused,
                         named.error().text);
  story_.pool = destination_->pool->name();
  Stay::Guest& self = *this;
  if (destination_->pool->sticky())
    stay_ = std::make_shared<Stay>(host_.loop(), self);
  begin_trying();
}

void Login::begin_trying() {
  deadline_ = host_.loop().now() +
              static_cast<uint64_t>(service_->options.timeouts.connect);
  try_next();
}

Status Login::name_user() {
  const Mechanism* relayed = relayed_mechanism(who_);
  const bool bound = relayed != nullptr && relayed->binds_name;
  if (bound && destination_->user != who_.user)
    return Error{Fault::Config, who_.mechanism +
                                    " binds the user's name, which is \"" +
                                    destination_->user + "\" at the backend"};
  who_.user = destination_->user;
  if (who_.mechanism == kExternal && destination_->side->master)
    story_.master = destination_->side->master->name;
  return name_for_backend(who_, *service_, *destination_->side);
}

void Login::respond(const Response& answer) {
  if (dialogue_) dialogue_->respond(answer);
}

void Login::try_next() {
  // Nobody else has been named.
  if (referrals_ != 0)
    return give_up(Verdict::Kind::Unavailable, last_failure_, failures_);
  const uint64_t now = host_.loop().now();
  Pick pick;
  if (now < deadline_)
    pick = destination_->pool->pick(
        {destination_->user, now, tried_, destination_->tag}, stay_);
  if (pick.wait) return wait_for_move(pick.why);
  if (!pick.backend)
    return give_up(Verdict::Kind::Unavailable, last_failure_,
                   failures_.empty() ? pick.why : failures_);
  if (pick.by == Pick::By::Failover) log_failover(pick);
  ask(pick.backend);
}

void Login::ask(const std::shared_ptr<Backend>& backend) {
  tried_.push_back(backend);
  story_.backend = place().text();
  story_.backend_address.reset();
  story_.source_address.reset();
  story_.identity = {};
  story_.back_security = Security::Plaintext;
  story_.back_tls = {};
  seat_ = backend->take_seat();
  if (!seat_) return turned_away("full (max_connections)");
  turn_ = backend->state().turnstile().enter(
      host_.loop(), destination_->pool->options().max_connecting,
      [this] { connect(); });
  if (!turn_) return turned_away("too many logins wait for it already");
  if (turn_->has_come()) return connect();
  waiting_.start(share_of_time(), [this] {
    turned_away("no turn in time, too many logins at once (max_connecting)");
  });
}

Endpoint Login::place() const {
  return place_of(*tried_.back());
}

Endpoint Login::place_of(const Backend& backend) const {
  Endpoint where = backend.where();
  if (where.port == 0) where.port = destination_->side->options.port;
  return where;
}

void Login::connect() {
  waiting_.stop();
  dialogue_ = std::make_unique<BackDialogue>(
      BackDialogue::Asked{host_, *service_, *destination_->side, place(), who_,
                          story_, share_of_time(), asking_.challenged,
                          [this] { turn_.reset(); }},
      [this](BackDialogue::Outcome outcome) {
        host_.loop().bury(std::move(dialogue_));
        on_outcome(std::move(outcome));
      });
  dialogue_->start();
}

// There is no room for us, which is no fault of the backend's.  To open the
// user's mailbox somewhere else would be one.
void Login::turned_away(const std::string& why) {
  leave_backend();
  add_failure(why);
  if (stay_)
    return give_up(Verdict::Kind::Unavailable, last_failure_, failures_);
  try_next();
}

void Login::leave_backend() {
  waiting_.stop();
  turn_.reset();
  seat_.reset();
}

void Login::on_outcome(BackDialogue::Outcome outcome) {
  turn_.reset();
  Backend& backend = *tried_.back();
  // Which backends there are is not for a client to say.
  if (outcome.offered && !service_->options.client_server_specification)
    service_->offers->note(story_.backend, *outcome.offered,
                           host_.loop().now());
  if (follow(outcome)) return;
  const bool answered = outcome.verdict.kind != Verdict::Kind::Unavailable;
  if (answered) {
    note_success();
  } else if (!outcome.asked) {
    leave_backend();
    backend.failed(host_.loop().now(), destination_->pool->rest_ms());
    backend.state().report(service_->options.name, outcome.verdict.detail);
    log_failure(outcome.verdict.detail);
    add_failure(outcome.verdict.detail);
    last_failure_ = outcome.failure;
    return try_next();
  }
  notice_trust(host_, story_, outcome.identity, outcome.introduced);
  if (!answered && stay_) stay_->may_have_entered(referred_to_);
  // The backend serves this session or none.
  if (outcome.transport && stay_ && !stay_->confirm(referred_to_)) {
    hang_up(std::move(outcome.transport));
    stay_->may_have_entered(referred_to_);
    return give_up(Verdict::Kind::Unavailable, Failure::NoConnection,
                   "the user is being moved, or has sessions elsewhere");
  }
  story_.failure = outcome.failure;
  asking_.done({std::move(outcome.verdict), std::move(outcome.transport),
                std::move(outcome.rest), tried_.back(), std::move(stay_),
                std::move(seat_)});
}

void Login::note_success() {
  tried_.back()->succeeded();
  tried_.back()->state().report(service_->options.name, {});
}

// In the middle of its own callback.
void Login::hang_up(std::unique_ptr<Transport> backend) {
  backend->end();
  host_.loop().bury(std::move(backend));
}

// --- sent to another server --------------------------------------------------

// True if the login goes on there.  The user of a sticky pool goes on living
// where the pool has it: who is asked first decides each time.
bool Login::follow(BackDialogue::Outcome& outcome) {
  Verdict& verdict = outcome.verdict;
  if (!verdict.referral) return false;
  const BackSideOptions& side = destination_->side->options;
  const Endpoint to =
      referred_place(*verdict.referral, side, *service_->options.protocol);
  auto there = backend_at(to, *destination_->pool, side.port, service_->memory);
  if (auto barrier = why_not_follow(*verdict.referral, to, *there);
      !barrier.empty()) {
    if (!verdict.detail.empty()) verdict.detail += ": ";
    verdict.detail += "not followed to " + to.text() + ", " + barrier;
    return false;
  }
  if (outcome.transport) hang_up(std::move(outcome.transport));
  note_success();
  notice_trust(host_, story_, outcome.identity, outcome.introduced);
  log_referral(to.text());
  ++referrals_;
  referred_to_ = to.text();
  destination_->side = no_less_secure(std::move(destination_->side),
                                      !story_.back_tls->version.empty());
  leave_backend();
  deadline_ = host_.loop().now() +
              static_cast<uint64_t>(service_->options.timeouts.connect);
  ask(there);
  return true;
}

std::string Login::why_not_follow(const Referral& referral,
                                  const Endpoint& place,
                                  const Backend& there) const {
  // A secret that opens every mailbox is for the servers of the pool alone.
  if (!who_.authid.empty() || who_.user != destination_->user)
    return "a master logs in";
  std::string barrier = referral_barrier(
      referral, who_, destination_->side->options, *service_->options.protocol);
  if (!barrier.empty()) return barrier;
  if (referrals_ == kMostReferrals) return "it is one referral too many";
  const bool been_there = std::ranges::any_of(
      tried_, [&](const auto& each) { return place_of(*each) == place; });
  if (been_there) return "it has been asked already";
  if (there.down()) return "it is " + there.why_down();
  if (stay_ && !stay_->may_go_to(place.text()))
    return "the user has sessions elsewhere";
  return {};
}

// --- while the user is being moved -------------------------------------------

void Login::wait_for_move(const std::string& why) {
  const uint64_t limit = service_->memory->move_wait_ms();
  waiting_.start(limit, [this, why] {
    give_up(Verdict::Kind::Unavailable, Failure::NoConnection,
            "the user is being moved for too long: " + why);
  });
}

void Login::on_may_go_on() {
  waiting_.stop();
  begin_trying();
}

// Whose password has not been sent may still log in where the user is going to
// live; otherwise the backend may open the mailbox any moment.
void Login::on_must_leave(const std::string& why) {
  if (!dialogue_ && !turn_) return;
  const bool asked = dialogue_ && dialogue_->asked();
  if (asked || referrals_ != 0) return abandon(why);
  if (dialogue_) host_.loop().bury(std::move(dialogue_));
  leave_backend();
  tried_.pop_back();
  try_next();
}

void Login::abandon(std::string why) {
  part_from_backend();
  give_up(Verdict::Kind::Unavailable, Failure::NoConnection, std::move(why));
}

// --- what the log is told ----------------------------------------------------

void Login::log_failure(const std::string& reason) {
  LogLine line("backend_failed");
  line.add("session", story_.id)
      .add("service", story_.service)
      .add("backend", story_.backend)
      .add("reason", reason);
  host_.log().event(LogLevel::Warning, line);
}

void Login::log_referral(const std::string& to) {
  LogLine line("login_referred");
  line.add("session", story_.id)
      .add("service", story_.service)
      .add("user", destination_->user)
      .add("from", story_.backend)
      .add("to", to);
  host_.log().event(LogLevel::Notice, line);
}

void Login::add_failure(const std::string& reason) {
  if (!failures_.empty()) failures_ += "; ";
  failures_ += story_.backend + ": " + reason;
}

void Login::log_failover(const Pick& pick) {
  LogLine line("user_failover");
  line.add("session", story_.id)
      .add("pool", story_.pool)
      .add("user", destination_->user)
      .add("from", pick.from)
      .add("to", pick.backend->state().name())
      .add("reason", pick.why);
  host_.log().event(LogLevel::Notice, line);
}

// Half of what is left while there are others to turn to, so that one silent
// backend cannot use up the time of the next.
uint64_t Login::share_of_time() const {
  const uint64_t left = deadline_ - std::min(deadline_, host_.loop().now());
  const Pool& pool = *destination_->pool;
  const bool last = referrals_ != 0 || !pool.failover() ||
                    tried_.size() >= pool.backends().size();
  return std::max<uint64_t>(last ? left : left / 2, 1);
}

// First the backend hears of it, then others may come in the user's place.
// Never called by the dialogue.
void Login::part_from_backend() {
  if (stay_ && dialogue_ && dialogue_->asked())
    stay_->may_have_entered(referred_to_);
  dialogue_.reset();
}

void Login::give_up(Verdict::Kind kind, Failure failure, std::string detail) {
  story_.failure = failure;
  leave_backend();
  stay_.reset();
  Outcome outcome;
  outcome.verdict.kind = kind;
  outcome.verdict.detail = std::move(detail);
  asking_.done(std::move(outcome));
}

}  // namespace postern
