#include "tests/bench/client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

namespace bench {
namespace {

// Enough of a line to tell its first word.
constexpr size_t kWord = 16;
constexpr size_t kRead = size_t{256} << 10;

sockaddr_in loopback(unsigned host, uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(host);
  where.sin_port = htons(port);
  return where;
}

}  // namespace

Client::Client(const Target& target, const Script& script, unsigned number)
    : target_(target), script_(script), began_(Clock::now()) {
  if (script.tls != Tls::Plain) {
    ssl_.reset(SSL_new(target.tls));
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_connect_state(ssl_.get());
  }
  connect_to(number);
}

Client::~Client() {
  if (fd_ >= 0) close(fd_);
}

void Client::offer(SSL_SESSION* session) {
  if (ssl_ && session != nullptr) SSL_set_session(ssl_.get(), session);
}

void Client::connect_to(unsigned number) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in own = loopback(0x7f000100 + number % 64, 0);
  const sockaddr_in to = loopback(INADDR_LOOPBACK, target_.port);
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
    fail("bind");
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
      errno != EINPROGRESS)
    fail("connect");
  if (ssl_) SSL_set_fd(ssl_.get(), fd_);
}

bool Client::fail(const char* what) {
  state_ = State::Failed;
  trouble_ = what;
  ERR_clear_error();
  return false;
}

unsigned Client::events() const {
  return wants_write_ ? EPOLLIN | EPOLLOUT : EPOLLIN;
}

void Client::advance() {
  wants_write_ = false;
  for (bool more = true; more;) {
    switch (state_) {
      case State::Connecting:
        more = connected();
        break;
      case State::Shaking:
        more = shake();
        break;
      case State::Talking:
        more = talk();
        break;
      case State::Done:
      case State::Failed:
        return;
    }
  }
}

bool Client::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail("connect");
  state_ = script_.tls == Tls::Implicit ? State::Shaking : State::Talking;
  return true;
}

bool Client::shake() {
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    resumed_ = SSL_session_reused(ssl_.get()) == 1;
    state_ = State::Talking;
    return true;
  }
  const int why = SSL_get_error(ssl_.get(), result);
  if (why == SSL_ERROR_WANT_WRITE) wants_write_ = true;
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return false;
  return fail("handshake");
}

bool Client::talk() {
  if (held_) return false;
  if (said_ < script_.steps[step_].say.size()) return say();
  return listen();
}

bool Client::say() {
  const long size = put(script_.steps[step_].say.substr(said_));
  if (size == 0) {
    wants_write_ = true;
    return false;
  }
  if (size < 0) return fail("write");
  said_ += static_cast<size_t>(size);
  sent_ += static_cast<size_t>(size);
  return true;
}

bool Client::listen() {
  static char bytes[kRead];
  const long size = get(bytes, sizeof bytes);
  if (size == 0) return false;
  if (size < 0) {
    const bool last = script_.again == 0 && step_ + 1 == script_.steps.size();
    if (!last) return fail("closed early");
    clean_ = !ssl_ || (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN);
    state_ = State::Done;
    return false;
  }
  received_ += static_cast<size_t>(size);
  if (reply_complete({bytes, static_cast<size_t>(size)})) next_step();
  return true;
}

// True once a whole line has come that begins with the word awaited.
bool Client::reply_complete(std::string_view fresh) {
  const std::string_view word = script_.steps[step_].until;
  bool complete = false;
  while (!fresh.empty()) {
    const size_t end = fresh.find('\n');
    const std::string_view part = fresh.substr(0, end);
    if (line_.size() < kWord) line_ += part.substr(0, kWord - line_.size());
    if (end == std::string_view::npos) break;
    if (!word.empty() && line_.starts_with(word)) complete = true;
    line_.clear();
    fresh.remove_prefix(end + 1);
  }
  return complete;
}

void Client::next_step() {
  said_ = 0;
  if (++step_ == script_.steps.size()) step_ = script_.again;
  if (step_ == script_.starttls && script_.tls == Tls::Starttls)
    state_ = State::Shaking;
  if (step_ == script_.logged_in && login_ms_ < 0)
    login_ms_ = std::chrono::duration<double, std::milli>(Clock::now() - began_)
                    .count();
  held_ = hold_at_ != 0 && step_ == hold_at_;
}

void Client::go_on() {
  held_ = false;
  advance();
}

// Both: octets done, 0 if it would block, -1 if there is no more.
long Client::put(std::string_view bytes) {
  const bool ciphered = ssl_ && SSL_is_init_finished(ssl_.get());
  if (!ciphered) {
    const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return size < 0 && errno == EAGAIN ? 0 : size;
  }
  size_t size = 0;
  if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size) == 1)
    return static_cast<long>(size);
  return SSL_get_error(ssl_.get(), 0) == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

long Client::get(char* bytes, size_t size) {
  const bool ciphered = ssl_ && SSL_is_init_finished(ssl_.get());
  if (!ciphered) {
    const ssize_t got = recv(fd_, bytes, size, 0);
    if (got < 0 && errno == EAGAIN) return 0;
    return got == 0 ? -1 : got;
  }
  size_t got = 0;
  if (SSL_read_ex(ssl_.get(), bytes, size, &got) == 1)
    return static_cast<long>(got);
  return SSL_get_error(ssl_.get(), 0) == SSL_ERROR_WANT_READ ? 0 : -1;
}

}  // namespace bench
