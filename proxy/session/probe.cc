#include "proxy/session/probe.h"

#include <utility>

#include "proxy/session/password_file.h"

namespace postern {
namespace {

constexpr uint64_t kGoodbyeMs = 1000;  // for the backend to close

class ServiceProber final : public Prober {
 public:
  // Everything but `where` and the timeout, which come with each look.
  explicit ServiceProber(Probe::Asked usual) : usual_(std::move(usual)) {}

  std::unique_ptr<Mortal> probe(const Endpoint& where,
                                const CheckOptions& options,
                                Done done) override {
    Probe::Asked asked = usual_;
    asked.where = where;
    if (asked.where.port == 0) asked.where.port = asked.side->options.port;
    asked.timeout_ms = options.timeout_ms;
    auto probe = std::make_unique<Probe>(std::move(asked), std::move(done));
    probe->start();
    return probe;
  }

 private:
  const Probe::Asked usual_;
};

}  // namespace

Probe::Probe(Asked asked, Prober::Done done)
    : asked_(std::move(asked)),
      done_(std::move(done)),
      timer_(asked_.host.loop()) {
  story_.id = "check";
  story_.service = asked_.service->options.name;
  story_.protocol = asked_.service->options.protocol->name;
}

void Probe::start() {
  dialogue_ = std::make_unique<BackDialogue>(
      BackDialogue::Asked{asked_.host, *asked_.service, *asked_.side,
                          asked_.where, asked_.login->who, story_,
                          asked_.timeout_ms, nullptr},
      [this](BackDialogue::Outcome outcome) {
        asked_.host.loop().bury(std::move(dialogue_));
        on_outcome(std::move(outcome));
      });
  // The dialogue's own clock begins anew with the greeting.
  timer_.start(asked_.timeout_ms, [this] {
    asked_.host.loop().bury(std::move(dialogue_));
    answer({"no answer in time"});
  });
  dialogue_->start();
}

void Probe::on_outcome(BackDialogue::Outcome outcome) {
  if (outcome.verdict.kind == Verdict::Kind::Accepted)
    return say_goodbye(std::move(outcome.transport));
  CheckAnswer said{std::move(outcome.verdict.detail),
                   outcome.verdict.kind == Verdict::Kind::WrongPassword};
  if (said.why.empty()) said.why = "refused the login";
  // Never from inside probe(), which has not returned then.
  timer_.start(0, [this, said = std::move(said)] { answer(said); });
}

// The backend closes when it has read it; a machine that does not is none the
// worse.
void Probe::say_goodbye(std::unique_ptr<Transport> backend) {
  backend_ = std::move(backend);
  backend_->change_owner(*this);
  backend_->write(asked_.service->options.protocol->goodbye);
  backend_->resume();
  timer_.start(kGoodbyeMs, [this] { answer({}); });
}

void Probe::answer(CheckAnswer said) {
  timer_.stop();
  if (backend_) backend_->end();
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(said));
}

Result<std::shared_ptr<Prober>> open_prober(
    SessionHost& host, const std::shared_ptr<const Service>& service,
    const std::string& pool, const CheckOptions& options) {
  auto login = std::make_shared<ProbeLogin>();
  auto side = std::make_shared<BackSide>(*service->back_of(pool));
  if (options.user.empty()) {
    side->options.dialogue.stop_before_login = true;
  } else {
    auto password = read_password(options.password_file);
    if (!password) return std::move(password).error().in("check_password_file");
    login->who = {options.user, std::move(*password), "PLAIN"};
  }
  return std::shared_ptr<Prober>(std::make_shared<ServiceProber>(
      Probe::Asked{host, service, std::move(side), std::move(login), {}, 0}));
}

}  // namespace postern
