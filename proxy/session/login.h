// One attempt of a client to log in: from its credentials to a verdict.  Asks
// for the route, then one backend after another until one has been reached.
// While the user is being moved to another backend it waits.

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
class Login final : public Mortal, private Stay::Guest {
 public:
  struct Outcome {
    Verdict verdict;
    std::unique_ptr<Transport> transport;  // if accepted
    std::string rest;                      // of the backend, for the client
    std::shared_ptr<Backend> backend;      // if accepted
    std::shared_ptr<Stay> stay;            // if accepted, in a sticky pool
    std::optional<Seat> seat;              // if accepted
  };
  struct Asking {
    // What the backend wants to hear from the client, in base64, of a relayed
    // mechanism; respond() answers.
    std::function<void(std::string_view base64)> challenged;
    std::function<void(Outcome)> done;
  };

  Login(SessionHost& host, std::shared_ptr<const Service> service,
        Credentials who, SessionStory& story, Asking asking);
  ~Login() override;
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;

  void start();
  void respond(const Response& answer);
  // An administrator ends it.
  void abandon(std::string why);
  // The one asked now; null if none is.
  std::shared_ptr<Backend> backend() const {
    return turn_ || dialogue_ ? tried_.back() : nullptr;
  }

 private:
  void on_route(RouteAnswer answer);
  void begin_trying();
  Status name_user();
  void try_next();
  void ask(const std::shared_ptr<Backend>& backend);
  void connect();
  Endpoint place() const;
  Endpoint place_of(const Backend& backend) const;
  void turned_away(const std::string& why);
  void leave_backend();
  void wait_for_move(const std::string& why);
  void on_may_go_on() override;
  void on_must_leave(const std::string& why) override;
  void log_failover(const Pick& pick);
  void log_failure(const std::string& reason);
  void add_failure(const std::string& reason);
  void on_outcome(BackDialogue::Outcome outcome);
  void note_success();
  void hang_up(std::unique_ptr<Transport> backend);
  bool follow(BackDialogue::Outcome& outcome);
  std::string why_not_follow(const Referral& referral, const Endpoint& place,
                             const Backend& there) const;
  void log_referral(const std::string& to);
  uint64_t share_of_time() const;
  void part_from_backend();
  void give_up(Verdict::Kind kind, Failure failure, std::string detail);

  SessionHost& host_;
  const std::shared_ptr<const Service> service_;
  Credentials who_;  // once there is a route, as the backend wants to be told
  SessionStory& story_;
  Asking asking_;
  Lifeline life_;
  std::optional<Destination> destination_;
  std::shared_ptr<Stay> stay_;  // in a sticky pool
  Timer waiting_;               // for the user's move to end, or for our turn
  std::vector<std::shared_ptr<Backend>> tried_;
  std::optional<Seat> seat_;    // at the last of them
  std::unique_ptr<Turn> turn_;  // until its greeting
  std::unique_ptr<BackDialogue> dialogue_;
  int referrals_ = 0;        // that were followed
  std::string referred_to_;  // by the last of them; empty: nobody
  uint64_t deadline_ = 0;
  std::string failures_;  // one text of all
  Failure last_failure_ = Failure::NoConnection;
};

}  // namespace postern
