// One mail client of the load generator: connects, shakes hands, says the lines
// of its script and reads the answers, without ever blocking.

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

namespace bench {

using Clock = std::chrono::steady_clock;

enum class Tls { Plain, Implicit, Starttls };

// What is said, and the first word of the line that answers it ("*" for a
// greeting, "+" for a continuation).
struct Step {
  std::string_view say;
  std::string_view until;
};

struct Script {
  Tls tls = Tls::Plain;
  std::vector<Step> steps;
  size_t starttls = 0;   // TLS begins before this step
  size_t logged_in = 0;  // this step begins with the login done
  size_t again = 0;  // where to go on after the last step; 0: it was the end
};

// What everybody connects with.
struct Target {
  uint16_t port = 0;
  SSL_CTX* tls = nullptr;
};

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SessionPtr = std::unique_ptr<SSL_SESSION, FreeSsl>;

// Owned by the Load that polls fd() for it.
class Client {
 public:
  enum class State { Connecting, Shaking, Talking, Done, Failed };

  // `number` gives the client its own address in 127/8, so that limits for
  // single addresses and used-up ports stay out of the measurement.
  Client(const Target& target, const Script& script, unsigned number);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Tries to resume this one; the newest ticket is kept for the next client.
  void offer(SSL_SESSION* session);
  SessionPtr take_ticket() { return std::move(ticket_); }
  void keep(SSL_SESSION* ticket) { ticket_.reset(ticket); }

  // Goes on as far as it can; then wait for events().
  void advance();
  unsigned events() const;
  int fd() const { return fd_; }

  State state() const { return state_; }
  const char* trouble() const { return trouble_; }
  // The script stands at this step, nothing said of it yet.
  size_t step() const { return step_; }
  bool waiting() const { return held_; }
  // Stops in front of this step until go_on().
  void hold_at(size_t step) { hold_at_ = step; }
  void go_on();

  Clock::time_point began() const { return began_; }
  double login_ms() const { return login_ms_; }
  size_t received() const { return received_; }  // octets, plain
  size_t sent() const { return sent_; }
  bool resumed() const { return resumed_; }
  bool closed_cleanly() const { return clean_; }

 private:
  void connect_to(unsigned number);
  bool connected();
  bool shake();
  bool talk();
  bool say();
  bool listen();
  void next_step();
  bool reply_complete(std::string_view fresh);
  long put(std::string_view bytes);
  long get(char* bytes, size_t size);
  bool fail(const char* what);

  const Target& target_;
  const Script& script_;
  int fd_ = -1;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  SessionPtr ticket_;
  State state_ = State::Connecting;
  const char* trouble_ = "";
  Clock::time_point began_;
  size_t step_ = 0;
  size_t said_ = 0;     // octets of the step
  size_t hold_at_ = 0;  // 0: nowhere
  bool held_ = false;
  bool wants_write_ = true;
  std::string line_;  // the unfinished last line, its beginning only
  bool in_line_ = false;
  size_t received_ = 0;
  size_t sent_ = 0;
  double login_ms_ = -1;
  bool resumed_ = false;
  bool clean_ = false;
};

}  // namespace bench
