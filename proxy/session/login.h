// One attempt of a client to log in: from its credentials to a verdict.  Asks
// for the route, then one backend after another until one has been reached.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/session/back_dialogue.h"
#include "proxy/session/routing.h"

namespace postern {

// Owned by a Session, on its worker's thread; buried, not destroyed, from
// `done`.  Holds the credentials, which are wiped with it.
class Login final : public Mortal {
 public:
  struct Outcome {
    Verdict verdict;
    std::unique_ptr<Transport> transport;  // if accepted
    std::string rest;                      // of the backend, for the client
    std::shared_ptr<Backend> backend;      // if accepted
  };
  using Done = std::function<void(Outcome)>;

  Login(SessionHost& host, std::shared_ptr<const Service> service,
        Credentials who, SessionStory& story, Done done);

  void start();

 private:
  void on_route(RouteAnswer answer);
  void try_next();
  void on_outcome(BackDialogue::Outcome outcome);
  uint64_t share_of_time() const;
  void give_up(Verdict::Kind kind, Failure failure, std::string detail);

  SessionHost& host_;
  const std::shared_ptr<const Service> service_;
  Credentials who_;
  SessionStory& story_;
  Done done_;
  Lifeline life_;
  std::optional<Destination> destination_;
  std::vector<std::shared_ptr<Backend>> tried_;
  std::unique_ptr<BackDialogue> dialogue_;
  uint64_t deadline_ = 0;
  std::string failures_;  // one text of all
  Failure last_failure_ = Failure::NoConnection;
};

}  // namespace postern
