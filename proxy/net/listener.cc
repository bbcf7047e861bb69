#include "proxy/net/listener.h"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "proxy/base/system_error.h"
#include "proxy/net/loop.h"
#include "proxy/net/socket_options.h"

namespace postern {
namespace {

constexpr int kBacklog = 4096;           // the kernel caps it (somaxconn)
constexpr int kAcceptsPerTurn = 4;       // others on the loop want a turn too
constexpr uint64_t kShortageRest = 100;  // milliseconds

Error failed(const Address& where, const char* what) {
  return Error{Fault::Config, std::string(what) + " " + where.text() + ": " +
                                  system_error(errno)};
}

Result<ListenSocket> bind_one(const Address& where, bool shared) {
  const int fd = socket(where.raw()->sa_family,
                        SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed(where, "cannot open a socket for");
  ListenSocket socket(fd);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  // One service may listen on 0.0.0.0 and [::] at once.
  if (where.v6()) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  send_at_once(fd);
  if (bind(fd, where.raw(), where.raw_size()) != 0)
    return failed(where, "cannot bind");
  if (listen(fd, kBacklog) != 0) return failed(where, "cannot listen on");
  return socket;
}

bool out_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS ||
         error == ENOMEM;
}

}  // namespace

ListenSocket::~ListenSocket() {
  if (socket_ >= 0) close(socket_);
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)) {}

ListenSocket& ListenSocket::operator=(ListenSocket&& other) noexcept {
  std::swap(socket_, other.socket_);
  return *this;
}

Result<std::vector<ListenSocket>> ListenSocket::open(const Address& where,
                                                     size_t count) {
  {
    // Alone first: this is what fails if another process listens there.
    const auto probe = bind_one(where, false);
    if (!probe) return probe.error();
  }
  std::vector<ListenSocket> sockets;
  for (size_t i = 0; i < count; ++i) {
    auto socket = bind_one(where, true);
    if (!socket) return std::move(socket).error();
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

Listener::Listener(Loop& loop, ListenSocket socket, Accepted accepted,
                   Short short_of)
    : socket_(std::move(socket)),
      accepted_(std::move(accepted)),
      short_of_(std::move(short_of)),
      retry_(loop) {}

Result<std::unique_ptr<Listener>> Listener::start(Loop& loop,
                                                  ListenSocket socket,
                                                  Accepted accepted,
                                                  Short short_of) {
  std::unique_ptr<Listener> self(new Listener(
      loop, std::move(socket), std::move(accepted), std::move(short_of)));
  auto poll = open_handle<uv_poll_t>(self.get(), [&](auto* handle) {
    return uv_poll_init(loop.uv(), handle, self->socket_.fd());
  });
  if (!poll) return std::move(poll).error();
  self->poll_ = std::move(*poll);
  self->paused_ = true;
  self->resume();
  return self;
}

void Listener::pause() {
  if (std::exchange(paused_, true)) return;
  uv_poll_stop(poll_.get());
}

void Listener::resume() {
  if (!std::exchange(paused_, false) || retry_.running()) return;
  uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* poll, int, int) {
    if (poll->data != nullptr)
      static_cast<Listener*>(poll->data)->on_readable();
  });
}

void Listener::keep_alive(unsigned seconds) {
  keep_socket_alive(socket_.fd(), seconds);
}

void Listener::on_readable() {
  for (int i = 0; i < kAcceptsPerTurn && !paused_; ++i) {
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    const int fd = accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&raw),
                           &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      short_ = false;
      accepted_(fd, Address::from(reinterpret_cast<sockaddr*>(&raw)));
    } else if (out_of_resources(errno)) {
      return rest(errno);
    } else if (errno == EAGAIN) {
      return;
    }
    // Anything else (ECONNABORTED, EPROTO, …) concerns that one client only.
  }
}

void Listener::rest(int error) {
  if (!std::exchange(short_, true)) short_of_(system_error(error));
  uv_poll_stop(poll_.get());
  retry_.start(kShortageRest, [this] {
    if (!paused_) {
      paused_ = true;
      resume();
    }
  });
}

}  // namespace postern
