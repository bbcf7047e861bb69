// One attempt at one backend: resolve, connect, TLS, greeting, login, verdict.
// It never chooses and never retries; proxy/session/login.cc does.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "proxy/base/lifeline.h"
#include "proxy/net/connector.h"
#include "proxy/net/loop.h"
#include "proxy/net/timer.h"
#include "proxy/session/host.h"
#include "proxy/session/service.h"
#include "proxy/session/session_log.h"
#include "proxy/session/transport.h"

namespace postern {

// Owned by a Login, on its worker's thread; buried, not destroyed, from `done`.
class BackDialogue final : public Mortal, private Transport::Owner {
 public:
  struct Outcome {
    Verdict verdict;
    Failure failure = Failure::None;
    // The backend has seen the password: whatever it said, no other backend
    // may be asked.
    bool asked = false;
    IdentityMode identity = IdentityMode::None;
    Introduced introduced = Introduced::Nothing;
    std::unique_ptr<Transport> transport;  // if accepted; paused, ownerless
    std::string rest;  // what the backend sent behind its final reply
    std::optional<std::string> offered;  // Back::offered()
  };
  using Done = std::function<void(Outcome)>;

  struct Asked {
    SessionHost& host;
    const Service& service;
    const BackSide& side;  // how this backend is talked to
    Endpoint where;
    const Credentials& who;
    SessionStory& story;  // what is learnt of the backend is told there
    uint64_t connect_ms;  // until the greeting has been read
    // What the backend wants to hear from the client, in base64; respond()
    // answers.  The backend waits unread, and no clock of ours runs.
    std::function<void(std::string_view base64)> challenged;
    std::function<void()> greeted = nullptr;  // which it has
  };

  BackDialogue(const Asked& asked, Done done);

  ~BackDialogue() override;
  BackDialogue(const BackDialogue&) = delete;
  BackDialogue& operator=(const BackDialogue&) = delete;

  void start();
  void respond(const Response& answer);
  // The backend has seen the password.
  bool asked() const { return sent_secret_; }

 private:
  void on_resolved(Result<std::vector<Address>> addresses);
  void on_connected(Result<std::unique_ptr<Stream>> stream);
  void begin_dialogue();
  void introduce();
  void tell_of_introduction(const Outcome& outcome);
  void perform(Actions& actions);
  void watch_greeting();
  void wait_for_answer();
  // A password is about to go out: without TLS the administrator wants to know.
  void note_security();
  void settle(Verdict verdict, Failure failure);
  // Trouble on our side of the verdict: what failed, in words for the log.
  void fail(Failure failure, std::string why);

  void on_plain(Transport& from, std::string_view bytes) override;
  void on_secured(Transport& side) override;
  void on_end(Transport& side, bool clean) override;
  void on_broken(Transport& side, const std::string& why) override;
  void on_drained(Transport&) override {}

  const Asked asked_;
  Done done_;
  Lifeline life_;
  Timer timer_;
  ClientIdentity client_;  // what the engine tells of it
  std::unique_ptr<Connector> connector_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Back> back_;
  bool greeted_ = false;
  bool sent_secret_ = false;
  bool settled_ = false;
};

}  // namespace postern
