// What happens to one connection, from accept to the last log line:
//
//   identifying -> handshaking -> talking -> logging in -> spliced -> closing
//                                    ^          |  ^
//                                    +- refused +  + relaying: the backend asks
//                                                    the client
//
// The engines say what to do, this carries it out; see session.cc top to
// bottom.

#pragma once

#include <memory>
#include <string>

#include "backends/kick_order.h"
#include "proxy/net/loop.h"
#include "proxy/net/timer.h"
#include "proxy/session/host.h"
#include "proxy/session/introduction.h"
#include "proxy/session/kept_story.h"
#include "proxy/session/login.h"
#include "proxy/session/service.h"
#include "proxy/session/session_log.h"
#include "proxy/session/splice.h"
#include "proxy/session/transport.h"

namespace postern {

// Owned by the worker it was accepted on, on that thread until on_ended().
class Session final : public Mortal,
                      private Transport::Owner,
                      private Splice::Owner,
                      private Stay::Guest {
 public:
  struct Accepted {
    uint64_t number = 0;  // in order of arrival at the worker
    std::string id;       // unique, for the log
    int socket = -1;      // ours from now on
    Address peer;
    Address local;  // of the listener, perhaps any()
  };
  // An error: the socket was unusable and is closed.
  static Result<std::unique_ptr<Session>> make(SessionHost& host,
                                               std::shared_ptr<Service> service,
                                               const Accepted& accepted);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Greets, or starts the TLS handshake.
  void start();
  // Instead of start(): there is no room for this client.
  void turn_away();
  // Says goodbye as well as the state allows, and closes.
  void dismiss(Farewell why);
  // Ends it, or its login, by order of an administrator; `why` is for the log.
  // A mail client that is logged in is told nothing: there is no place in a
  // stream we do not parse where a word of ours would be understood.
  void kick(const std::string& why);
  // It is, or logs in, there.  Sessions that do neither fit no order.
  bool fits(const KickOrder& order) const;

  SessionStory story() const;
  const Address& client() const { return story_->client; }  // before the login
  const ServiceOptions& options() const { return *options_; }
  bool logged_in() const { return logged_in_; }
  // As configured; empty before it is known.
  std::string backend_name() const;
  uint64_t number() const { return number_; }

  // What is going on right now, for those who ask.
  const char* state() const;      // "handshake", "logged_in", ...
  uint64_t milliseconds() const;  // since accept
  uint64_t received() const;      // octets after the login, client to backend
  uint64_t sent() const;          // and from backend to client

 private:
  enum class State {
    Identifying,
    Handshaking,
    Talking,
    LoggingIn,
    Relaying,
    Refusing,
    Spliced,
    Closing,
    Over
  };

  Session(SessionHost& host, std::shared_ptr<Service> service,
          const Accepted& accepted);

  // Whose connection it is.
  void identify(Introduction::Step step);
  void converse();
  void on_told(const ToldIdentity& client);
  void watch_for_header(std::string_view bytes);

  // The front conversation.
  void greet();
  void on_plain(Transport& from, std::string_view bytes) override;
  void on_secured(Transport& side) override;
  void perform(Actions& actions);
  void begin_tls();
  void look_at_certificate();

  // The login.
  void begin_login(LogIn login);
  void deny(std::string why);
  void on_challenge(std::string_view base64);
  void answer(const Response& response);
  void on_outcome(Login::Outcome outcome);
  void refuse(Verdict verdict);
  void settle(const Verdict& verdict);
  void accept(Login::Outcome outcome);

  // The end.
  bool over() const { return state_ >= State::Closing; }
  void on_end(Transport& side, bool clean) override;
  void on_gone(Transport& side) override;
  void on_broken(Transport& side, const std::string& why) override;
  void on_drained(Transport& side) override;
  void on_spliced_out(Ending ending, std::string reason) override {
    finish(ending, std::move(reason));
  }
  uint64_t grace_ms() override;
  void on_may_go_on() override {}
  void on_must_leave(const std::string& why) override { kick(why); }
  void finish(Ending ending, std::string reason);
  void close(Transport& side);
  void close_backend();
  void leave(Login::Outcome outcome);
  void bury_if_over();
  void bury();

  void wait_for_login();
  void keep_story();
  void recall_story();
  void relog();

  SessionHost& host_;
  const uint64_t number_;
  std::shared_ptr<Service> service_;  // until the login
  const std::shared_ptr<const ServiceOptions> options_;
  const std::shared_ptr<SessionCounts> counts_;
  const uint64_t accepted_at_;  // loop's clock
  State state_ = State::Talking;
  bool logged_in_ = false;
  uint64_t spread_ms_ = 0;               // over which lost clients are told
  std::unique_ptr<SessionStory> story_;  // not between login and end
  KeptStory kept_;                       // then
  std::unique_ptr<Introduction> introduction_;  // until the login
  bool heard_ = false;  // something of the client in the clear
  Timer timer_;
  std::unique_ptr<Transport> client_;
  std::unique_ptr<Front> front_;        // until the login
  std::unique_ptr<Login> login_;        // while one is tried
  std::unique_ptr<Transport> backend_;  // from the login on
  std::shared_ptr<Backend> backend_used_;
  std::shared_ptr<Stay> stay_;  // in a sticky pool
  std::optional<Seat> seat_;
  std::unique_ptr<Splice> splice_;
};

}  // namespace postern
