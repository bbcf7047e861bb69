// One look at one backend, the way a service's logins would go there: resolve,
// connect, TLS, greeting, capabilities, perhaps a login; then the protocol's
// goodbye.  When to look and what to make of it is backends/health's.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "backends/health/check.h"
#include "proxy/session/back_dialogue.h"

namespace postern {

// Who logs in for a check.  Shared by the checks of one service and pool.
struct ProbeLogin {
  Credentials who;  // no user: no login
};

// Owned by whoever wants to know, on its loop's thread; buried, not destroyed,
// from `done`.
class Probe final : public Mortal, private Transport::Owner {
 public:
  struct Asked {
    SessionHost& host;
    std::shared_ptr<const Service> service;
    std::shared_ptr<const BackSide> side;
    std::shared_ptr<const ProbeLogin> login;
    Endpoint where;
    uint64_t timeout_ms;  // for all of it
  };

  Probe(Asked asked, Prober::Done done);

  void start();

 private:
  void on_outcome(BackDialogue::Outcome outcome);
  void say_goodbye(std::unique_ptr<Transport> backend);
  void answer(CheckAnswer said);

  void on_plain(Transport&, std::string_view) override {}
  void on_secured(Transport&) override {}
  void on_end(Transport&, bool) override { answer({}); }
  void on_broken(Transport&, const std::string&) override { answer({}); }
  void on_drained(Transport&) override {}

  const Asked asked_;
  Prober::Done done_;
  SessionStory story_;
  Timer timer_;
  std::unique_ptr<BackDialogue> dialogue_;
  std::unique_ptr<Transport> backend_;  // once it is fine
};

// Looks at the backends of `pool` as `service` would.  Fault::Config says what
// is wrong with the login for checks.
Result<std::shared_ptr<Prober>> open_prober(
    SessionHost& host, const std::shared_ptr<const Service>& service,
    const std::string& pool, const CheckOptions& options);

}  // namespace postern
