#include "proxy/session/back_dialogue.h"

#include <utility>

#include "proxy/base/log.h"
#include "proxy/net/resolver.h"
#include "proxy/session/introducing.h"
#include "proxy/session/starttls.h"

namespace postern {
namespace {

// Addresses that would bring the connection back to us: a login that loops
// until descriptors run out.
std::vector<Address> without_ourselves(const SessionHost& host,
                                       std::vector<Address> addresses) {
  std::erase_if(addresses,
                [&](const Address& each) { return host.is_self(each); });
  return addresses;
}

}  // namespace

BackDialogue::BackDialogue(const Asked& asked, Done done)
    : asked_(asked), done_(std::move(done)), timer_(asked.host.loop()) {}

// However it ended, a backend that speaks TLS hears close_notify.
BackDialogue::~BackDialogue() {
  settled_ = true;
  if (transport_) transport_->end();
}

void BackDialogue::start() {
  timer_.start(asked_.connect_ms, [this] {
    if (transport_ && transport_->handshaking())
      fail(Failure::NoTls, "no TLS handshake in time");
    else if (transport_)
      fail(Failure::Negotiation, "no greeting in time");
    else
      fail(Failure::NoConnection, "no connection in time");
  });
  asked_.host.resolver().resolve(
      asked_.where, life_.guard([this](Result<std::vector<Address>> found) {
        on_resolved(std::move(found));
      }));
}

void BackDialogue::on_resolved(Result<std::vector<Address>> addresses) {
  if (settled_) return;
  if (!addresses) return fail(Failure::NoConnection, addresses.error().text);
  auto others = without_ourselves(asked_.host, std::move(*addresses));
  if (others.empty())
    return fail(Failure::NoConnection,
                "refusing to connect to ourselves at " + asked_.where.text());
  connector_ = std::make_unique<Connector>(
      asked_.host.loop(), Connector::To{std::move(others), asked_.side.sources},
      asked_.connect_ms, [this](Result<std::unique_ptr<Stream>> stream) {
        on_connected(std::move(stream));
      });
  connector_->start();
}

void BackDialogue::on_connected(Result<std::unique_ptr<Stream>> stream) {
  if (settled_) return;
  if (!stream)
    return fail(Failure::NoConnection,
                "cannot connect: " + stream.error().text);
  const ServiceOptions& options = asked_.service.options;
  Transport::Owner& self = *this;
  transport_ =
      std::make_unique<Transport>(asked_.host.loop(), std::move(*stream), self);
  if (options.tcp_keepalive)
    transport_->stream().keep_alive(
        static_cast<unsigned>(options.keepalive_seconds));
  asked_.story.backend_address = connector_->reached();
  transport_->resume();
  // In the clear even where TLS follows: it is for who accepts the connection.
  transport_->write(header_for(asked_.side.options.identity, *options.protocol,
                               asked_.story));
  if (asked_.side.options.implicit_tls) {
    asked_.story.back_security = Security::Ssl;
    return start_back_tls(*transport_, asked_.side, asked_.where);
  }
  begin_dialogue();
}

void BackDialogue::begin_dialogue() {
  back_ = asked_.service.options.protocol->make_back(
      asked_.side.options.dialogue, asked_.who);
  const Service& service = asked_.service;
  if (!service.options.client_server_specification)
    back_->recall(
        service.offers->of(asked_.where.text(), asked_.host.loop().now()));
  introduce();
}

void BackDialogue::introduce() {
  const auto how = introduction_for(asked_.side.options.identity,
                                    *asked_.service.options.protocol);
  client_ = identity_of(asked_.story);
  const bool ours = asked_.story.client.any();  // a health check
  if (how && !ours) back_->introduce(client_, *how);
}

// Our own address costs a call to the kernel: asked for only where it is told.
void BackDialogue::tell_of_introduction(const Outcome& outcome) {
  asked_.story.identity = way_told(
      outcome.identity, *asked_.service.options.protocol, outcome.introduced);
  if (outcome.introduced == Introduced::Untrusted ||
      outcome.introduced == Introduced::Unconfirmed)
    asked_.story.source_address = transport_->stream().local();
}

void BackDialogue::perform(Actions& actions) {
  for (Action& action : actions) {
    if (settled_) return;
    if (auto* send = std::get_if<Send>(&action)) {
      transport_->write(send->bytes);
    } else if (auto* secret = std::get_if<SendSecret>(&action)) {
      if (!std::exchange(sent_secret_, true)) note_security();
      transport_->write(secret->bytes.view());
    } else if (std::get_if<StartTls>(&action) != nullptr) {
      asked_.story.back_security = Security::Starttls;
      start_back_tls(*transport_, asked_.side, asked_.where);
    } else if (auto* challenge = std::get_if<Challenge>(&action)) {
      timer_.stop();
      transport_->pause();
      asked_.challenged(challenge->base64);
    } else if (auto* settled = std::get_if<Settled>(&action)) {
      const Failure failure = settled->verdict.tls_missing
                                  ? Failure::NoTls
                                  : failure_of(settled->verdict);
      settle(std::move(settled->verdict), failure);
    }
  }
  watch_greeting();
}

void BackDialogue::note_security() {
  const bool clear =
      asked_.side.options.dialogue.upgrade == BackOptions::Upgrade::IfOffered &&
      transport_->tls() == nullptr;
  const std::string backend = asked_.where.text();
  if (!asked_.side.in_the_clear->seen(backend, clear)) return;
  LogLine line("backend_in_the_clear");
  line.add("session", asked_.story.id)
      .add("service", asked_.story.service)
      .add("backend", backend)
      .add("reason",
           "it does not offer TLS, so passwords go there in the clear: "
           "tls_outgoing_force would refuse that");
  asked_.host.log().event(LogLevel::Warning, line);
}

// From the greeting on the clock for logging in runs instead.
void BackDialogue::watch_greeting() {
  if (settled_ || greeted_ || !back_->greeted()) return;
  if (transport_->handshaking()) return;
  greeted_ = true;
  if (asked_.greeted) asked_.greeted();
  wait_for_answer();
}

void BackDialogue::wait_for_answer() {
  timer_.start(
      static_cast<uint64_t>(asked_.service.options.timeouts.back_login),
      [this] { fail(Failure::Negotiation, "no answer to the login in time"); });
}

void BackDialogue::respond(const Response& answer) {
  if (settled_) return;
  wait_for_answer();
  transport_->resume();
  Actions actions;
  back_->respond(answer, actions);
  perform(actions);
}

void BackDialogue::settle(Verdict verdict, Failure failure) {
  if (std::exchange(settled_, true)) return;
  timer_.stop();
  Outcome outcome;
  outcome.asked = sent_secret_;
  outcome.failure = failure;
  if (back_) outcome.offered = back_->offered();
  outcome.identity = asked_.side.options.identity;
  if (back_) outcome.introduced = back_->introduced();
  if (transport_) tell_of_introduction(outcome);
  if (verdict.kind == Verdict::Kind::Accepted) {
    transport_->pause();
    outcome.rest = back_->take_rest();
    outcome.transport = std::move(transport_);
  }
  outcome.verdict = std::move(verdict);
  done_(std::move(outcome));
}

void BackDialogue::fail(Failure failure, std::string why) {
  Verdict verdict;
  verdict.kind = Verdict::Kind::Unavailable;
  verdict.detail = std::move(why);
  settle(std::move(verdict), failure);
}

void BackDialogue::on_plain(Transport&, std::string_view bytes) {
  if (settled_) return;
  Actions actions;
  back_->feed(bytes, actions);
  perform(actions);
}

void BackDialogue::on_secured(Transport& side) {
  if (settled_) return;
  asked_.story.back_tls = SharedFacts(side.tls()->facts());
  if (!back_) return begin_dialogue();
  Actions actions;
  back_->tls_started(actions);
  perform(actions);
}

void BackDialogue::on_end(Transport&, bool) {
  if (settled_) return;
  if (!back_) return fail(Failure::Negotiation, "closed before its greeting");
  Actions actions;
  back_->closed(actions);
  perform(actions);
}

void BackDialogue::on_broken(Transport& side, const std::string& why) {
  if (settled_) return;
  side.end();  // lets a TLS alert out before the connection goes
  if (side.tls() != nullptr)
    fail(Failure::NoTls, "TLS: " + why);
  else
    fail(Failure::Negotiation, why);
}

}  // namespace postern
