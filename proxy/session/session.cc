#include "proxy/session/session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/log.h"
#include "proxy/protocol/sasl_external.h"
#include "proxy/session/certificate_user.h"
#include "proxy/session/starttls.h"

namespace postern {
namespace {

const char* text_of(Farewell why) {
  switch (why) {
    case Farewell::Shutdown:
      return "server is shutting down";
    case Farewell::TooSlow:
      return "login took too long";
    case Farewell::TooMany:
      return "too many connections";
  }
  return "";
}

}  // namespace

Result<std::unique_ptr<Session>> Session::make(SessionHost& host,
                                               std::shared_ptr<Service> service,
                                               const Accepted& accepted) {
  std::unique_ptr<Session> self(
      new Session(host, std::move(service), accepted));
  auto client = Transport::adopt(host.loop(), accepted.socket, *self);
  if (!client) return std::move(client).error();
  self->client_ = std::move(*client);
  if (accepted.local.any())
    self->story_->local = self->client_->stream().local();
  return self;
}

Session::Session(SessionHost& host, std::shared_ptr<Service> service,
                 const Accepted& accepted)
    : host_(host),
      number_(accepted.number),
      service_(std::move(service)),
      options_(service_->shared_options),
      counts_(service_->counts),
      accepted_at_(host.loop().now()),
      story_(std::make_unique<SessionStory>()),
      introduction_(std::make_unique<Introduction>(*options_, *story_)),
      timer_(host.loop()) {
  story_->id = accepted.id;
  story_->service = options_->name;
  story_->protocol = options_->protocol->name;
  story_->client = accepted.peer;
  story_->local = accepted.local;
  ++counts_->open;
}

Session::~Session() {
  --counts_->open;
  if (logged_in_) --counts_->logged_in;
  if (backend_used_) backend_used_->remove_session();
}

void Session::start() {
  client_->resume();
  identify(introduction_->begin());
}

// --- whose connection it is --------------------------------------------------

void Session::identify(Introduction::Step step) {
  if (step == Introduction::Step::Refuse) {
    log_header_trouble(host_.log(), *story_, introduction_->problem());
    return finish(Ending::Orderly, "PROXY header: " + introduction_->problem());
  }
  if (step == Introduction::Step::Go) return converse();
  if (std::exchange(state_, State::Identifying) == State::Identifying) return;
  timer_.start(static_cast<uint64_t>(options_->timeouts.proxy_header),
               [this] { identify(introduction_->give_up()); });
}

// What came behind a header is the client's first word.
void Session::converse() {
  state_ = State::Talking;
  timer_.stop();
  if (story_->via && !host_.admit(*this)) return turn_away();
  log_connect(host_.log(), *story_);
  front_ = options_->protocol->make_front(options_->front);
  if (const auto offered = service_->offers->common(accepted_at_))
    front_->backends_offer(*offered);
  if (introduction_->trusted()) front_->trust();
  if (options_->ssl.listen) {
    story_->front_security = Security::Ssl;
    begin_tls();
  } else {
    if (introduction_->encrypted()) front_->tls_started();
    greet();
  }
  client_->replay(introduction_->rest());
  introduction_->forget_rest();
}

void Session::on_told(const ToldIdentity& client) {
  introduction_->told(client);
  if (!host_.admit(*this)) dismiss(Farewell::TooMany);
}

// It is answered as the nonsense it is in our protocol.
void Session::watch_for_header(std::string_view bytes) {
  if (std::exchange(heard_, true) || !looks_like_proxy_header(bytes)) return;
  log_header_trouble(host_.log(), *story_,
                     "one came that nobody asked for (accept_proxy_protocol)");
}

// --- the front conversation --------------------------------------------------

void Session::greet() {
  wait_for_login();
  Actions actions;
  front_->greet(actions);
  perform(actions);
}

void Session::begin_tls() {
  state_ = State::Handshaking;
  start_front_tls(*client_, *service_);
  timer_.start(static_cast<uint64_t>(options_->timeouts.handshake),
               [this] { finish(Ending::TimedOut, "TLS handshake timed out"); });
}

void Session::on_secured(Transport& side) {
  if (state_ != State::Handshaking) return;
  story_->front_tls = SharedFacts(side.tls()->facts());
  front_->tls_started();
  look_at_certificate();
  heard_ = true;
  if (options_->ssl.listen) return greet();
  wait_for_login();
}

// Who is named by a certificate that we have verified needs no password.
void Session::look_at_certificate() {
  if (!options_->front.takes(kExternal) || !story_->front_tls->peer_verified)
    return;
  if (!certificate_users(*client_->tls(), *options_).empty())
    front_->certified();
  else
    log_useless_certificate(host_.log(), *story_);
}

// One clock from accept to login, however often it was wound up in between.
void Session::wait_for_login() {
  state_ = State::Talking;
  const auto limit = static_cast<uint64_t>(options_->timeouts.login);
  if (limit == 0) return timer_.stop();
  const uint64_t spent = host_.loop().now() - accepted_at_;
  timer_.start(limit - std::min(spent, limit),
               [this] { dismiss(Farewell::TooSlow); });
}

void Session::on_plain(Transport& from, std::string_view bytes) {
  if (&from != client_.get() || over()) return;
  if (state_ == State::Identifying) return identify(introduction_->feed(bytes));
  if (!front_) return;
  watch_for_header(bytes);
  Actions actions;
  front_->feed(bytes, actions);
  perform(actions);
}

void Session::perform(Actions& actions) {
  for (Action& action : actions) {
    if (over()) return;
    if (auto* send = std::get_if<Send>(&action))
      client_->write(send->bytes);
    else if (std::get_if<StartTls>(&action) != nullptr)
      begin_tls();
    else if (auto* login = std::get_if<LogIn>(&action))
      begin_login(std::move(*login));
    else if (auto* response = std::get_if<Response>(&action))
      answer(*response);
    else if (auto* told = std::get_if<Told>(&action))
      on_told(told->client);
    else if (auto* goodbye = std::get_if<HangUp>(&action))
      finish(Ending::Orderly, std::move(goodbye->reason));
  }
  if (options_->ssl.starttls && client_->tls() != nullptr)
    story_->front_security = Security::Starttls;
}

// --- the login ---------------------------------------------------------------

// The client waits unread: what it pipelines stays in the kernel's buffers.
void Session::begin_login(LogIn login) {
  Credentials& who = login.who;
  state_ = State::LoggingIn;
  timer_.stop();
  client_->pause();
  ++story_->attempts;
  Status named = Done{};
  if (who.mechanism == kExternal)
    named = name_by_certificate(
        who, certificate_users(*client_->tls(), *options_), *options_);
  story_->user = who.user;
  story_->routed_user = who.user;
  story_->authid = who.authid;
  story_->master.clear();
  story_->mechanism = who.mechanism;
  story_->fields = std::move(login.fields);
  if (!named) return deny(std::move(named).error().text);
  login_ = std::make_unique<Login>(
      host_, service_, std::move(who), *story_,
      Login::Asking{
          [this](std::string_view base64) { on_challenge(base64); },
          [this](Login::Outcome outcome) { on_outcome(std::move(outcome)); }});
  login_->start();
}

// Before anybody has been asked.
void Session::deny(std::string why) {
  Login::Outcome outcome;
  outcome.verdict.kind = Verdict::Kind::WrongPassword;
  outcome.verdict.detail = std::move(why);
  story_->failure = Failure::WrongPassword;
  on_outcome(std::move(outcome));
}

// A mechanism of which only the client can answer what the backend asks: it has
// the rest of its time for logging in.
void Session::on_challenge(std::string_view base64) {
  if (over()) return;
  wait_for_login();
  state_ = State::Relaying;
  Actions actions;
  front_->challenge(base64, actions);
  client_->resume();
  perform(actions);
}

void Session::answer(const Response& response) {
  state_ = State::LoggingIn;
  timer_.stop();
  client_->pause();
  login_->respond(response);
}

void Session::on_outcome(Login::Outcome outcome) {
  if (login_) host_.loop().bury(std::move(login_));
  if (over()) return leave(std::move(outcome));
  story_->milliseconds = host_.loop().now() - accepted_at_;
  log_login(host_.log(), *story_, outcome.verdict);
  if (outcome.verdict.kind == Verdict::Kind::Accepted)
    return accept(std::move(outcome));
  ++counts_->failures;
  refuse(std::move(outcome.verdict));
}

// A wrong password is answered late, so that guessing is slow; trouble of our
// own at once.
void Session::refuse(Verdict verdict) {
  const bool guess = verdict.kind == Verdict::Kind::WrongPassword;
  if (!guess || options_->failure_delay_ms == 0) return settle(verdict);
  state_ = State::Refusing;
  timer_.start(static_cast<uint64_t>(options_->failure_delay_ms),
               [this, verdict = std::move(verdict)] { settle(verdict); });
}

void Session::settle(const Verdict& verdict) {
  wait_for_login();
  Actions actions;
  front_->settle(verdict, actions);
  client_->resume();
  perform(actions);
}

void Session::accept(Login::Outcome outcome) {
  state_ = State::Spliced;
  logged_in_ = story_->logged_in = true;
  ++counts_->logged_in;
  ++counts_->logins;
  story_->fields = {};
  backend_ = std::move(outcome.transport);
  backend_used_ = std::move(outcome.backend);
  backend_used_->add_session();
  stay_ = std::move(outcome.stay);
  seat_ = std::move(outcome.seat);
  if (stay_) stay_->change_guest(*this);
  host_.on_logged_in(*this);

  client_->queue_ticket();  // leaves in one write with the reply
  Actions actions;
  front_->settle(outcome.verdict, actions);
  perform(actions);
  std::string early = front_->take_rest();
  spread_ms_ = service_->memory->disconnect_spread_ms();
  front_.reset();
  service_.reset();
  client_->stop_wiping();
  backend_->stop_wiping();

  Splice::Owner& self = *this;
  splice_ = std::make_unique<Splice>(
      host_.loop(), *client_, *backend_,
      SpliceOptions{options_->limits.watermark,
                    static_cast<uint64_t>(options_->timeouts.idle)},
      self);
  keep_story();
  if (options_->relog_seconds != 0) relog();
  splice_->start(outcome.rest, early);
}

uint64_t Session::grace_ms() {
  return backend_used_->state().spread_loss(host_.loop().now(), spread_ms_);
}

// Until the end it is asked for rarely, if ever.
void Session::keep_story() {
  kept_ = KeptStory(*story_);
  introduction_.reset();
  story_.reset();
}

void Session::recall_story() {
  if (!story_) story_ = std::make_unique<SessionStory>(kept_.unfold());
}

void Session::relog() {
  timer_.start(static_cast<uint64_t>(options_->relog_seconds) * 1000, [this] {
    log_again(host_.log(), story());
    relog();
  });
}

// --- what is told about it ---------------------------------------------------

SessionStory Session::story() const {
  return story_ ? *story_ : kept_.unfold();
}

const char* Session::state() const {
  static constexpr const char* kNames[] = {
      "identifying", "handshake", "not_logged_in", "logging_in", "logging_in",
      "refusing",    "logged_in", "closing",       "over"};
  static_assert(std::size(kNames) == static_cast<size_t>(State::Over) + 1);
  return kNames[static_cast<size_t>(state_)];
}

uint64_t Session::milliseconds() const {
  return host_.loop().now() - accepted_at_;
}

uint64_t Session::received() const {
  return splice_ ? splice_->received() : 0;
}

uint64_t Session::sent() const {
  return splice_ ? splice_->sent() : 0;
}

// --- the end -----------------------------------------------------------------

void Session::turn_away() {
  // On a port with implicit TLS a handshake would cost more than the refusal
  // saves; the client sees the connection close.
  if (!options_->ssl.listen)
    front_ = options_->protocol->make_front(options_->front);
  dismiss(Farewell::TooMany);
}

void Session::dismiss(Farewell why) {
  if (over()) return;
  const Ending ending =
      why == Farewell::TooSlow ? Ending::TimedOut : Ending::Orderly;
  // Once spliced, or in the middle of a handshake, there is no place in the
  // stream where a word of ours would be understood.
  if (state_ == State::Spliced || state_ == State::Handshaking ||
      state_ == State::Identifying || !front_)
    return finish(ending, text_of(why));
  Actions actions;
  front_->dismiss(why, actions);
  for (Action& action : actions)
    if (auto* send = std::get_if<Send>(&action)) client_->write(send->bytes);
  finish(ending, text_of(why));
}

void Session::kick(const std::string& why) {
  if (over()) return;
  if (state_ == State::LoggingIn && login_) return login_->abandon(why);
  finish(Ending::Orderly, why);
}

bool Session::fits(const KickOrder& order) const {
  if (!login_ && !backend_used_) return false;
  const auto fits = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  if (!fits(order.backend, backend_name())) return false;
  const SessionStory is = story();
  const bool user = order.user.empty() || same_text(order.user, is.user) ||
                    same_text(order.user, is.routed_user);
  return user && fits(order.pool, is.pool) &&
         fits(order.client, is.client.ip()) && fits(order.session, is.id);
}

std::string Session::backend_name() const {
  const auto& backend = login_ ? login_->backend() : backend_used_;
  return backend ? backend->state().name() : std::string();
}

void Session::on_end(Transport& side, bool clean) {
  if (over() || &side != client_.get()) return;
  finish(Ending::ClientLeft,
         clean ? "client closed" : "client closed without TLS close_notify");
}

void Session::on_gone(Transport&) {
  bury_if_over();
}

void Session::on_drained(Transport&) {
  bury_if_over();
}

void Session::on_broken(Transport& side, const std::string& why) {
  if (over()) return bury_if_over();
  const bool tls = &side == client_.get() && side.handshaking();
  if (tls)
    finish(Ending::NoTls, "TLS handshake: " + why);
  else
    finish(Ending::ClientLeft, "client: " + why);
}

// Everything written still leaves, then close_notify and FIN.  We wait a while
// for the peer's FIN: closing with its bytes unread would make the kernel send
// RST, which may overtake our last words.
void Session::finish(Ending ending, std::string reason) {
  if (over()) return;
  state_ = State::Closing;
  recall_story();
  story_->ending = ending;
  story_->reason = std::move(reason);
  if (splice_) {
    splice_->stop();
    story_->received = splice_->received();
    story_->sent = splice_->sent();
  }
  if (login_) host_.loop().bury(std::move(login_));
  close(*client_);
  close_backend();
  timer_.start(static_cast<uint64_t>(options_->timeouts.linger),
               [this] { bury(); });
  bury_if_over();
}

void Session::close(Transport& side) {
  side.change_owner(*this);
  side.end();
  side.resume();
}

// A backend that has left already is not kept until the client has, too.  It
// may be in the middle of its own callback.
void Session::close_backend() {
  if (!backend_) return;
  close(*backend_);
  if (backend_->over()) host_.loop().bury(std::move(backend_));
}

// A login that succeeded for a client we were just closing on.
void Session::leave(Login::Outcome outcome) {
  backend_ = std::move(outcome.transport);
  if (!backend_) return;
  stay_ = std::move(outcome.stay);
  seat_ = std::move(outcome.seat);
  if (stay_) stay_->change_guest(*this);
  close_backend();
}

void Session::bury_if_over() {
  if (state_ != State::Closing) return;
  if (!backend_ || backend_->over()) {
    seat_.reset();
    if (stay_) stay_->leave(host_.loop().now());
  }
  if (!client_->over() || (backend_ && !backend_->over())) return;
  bury();
}

void Session::bury() {
  state_ = State::Over;
  timer_.stop();
  stay_.reset();
  story_->milliseconds = host_.loop().now() - accepted_at_;
  log_end(host_.log(), *story_);
  host_.on_ended(*this);
}

}  // namespace postern
