#include "proxy/net/stream.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "proxy/base/secret.h"
#include "proxy/net/loop.h"
#include "proxy/net/socket_options.h"

namespace postern {

// What a socket would not take at once.  Deletes itself in its callback.
struct Stream::WriteOp : uv_write_t {
  std::string bytes;
  bool secret = true;  // may hold a password
};

struct Stream::Ops {
  static Stream* of(void* handle) {
    return static_cast<Stream*>(static_cast<uv_handle_t*>(handle)->data);
  }

  static uv_stream_t* stream(const Stream& self) {
    return reinterpret_cast<uv_stream_t*>(self.tcp_.get());
  }

  // No room means "not now".  libuv would read on and on from a sender that
  // fills the buffer each time: after one such read the others have their turn.
  static void alloc(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
    Stream* self = of(handle);
    *buffer = uv_buf_init(nullptr, 0);
    if (self == nullptr || self->paused_) return;
    if (std::exchange(self->had_its_turn_, false)) return;
    if (self->rationed_ && !self->take_ration()) return;
    Buffer& scratch = self->loop_.read_scratch();
    *buffer = uv_buf_init(scratch.room(scratch.capacity()),
                          static_cast<unsigned>(scratch.capacity()));
  }

  static void read(uv_stream_t* handle, ssize_t size, const uv_buf_t* buffer) {
    Stream* self = of(handle);
    if (self == nullptr || size == 0) return;
    if (size > 0) {
      self->had_its_turn_ = static_cast<size_t>(size) == buffer->len;
      return self->owner_->on_bytes({buffer->base, static_cast<size_t>(size)});
    }
    if (size == UV_ENOBUFS && self->hungry_) return self->stop_reading();
    if (size == UV_ENOBUFS && !self->paused_) return;
    self->pause();
    self->stop_reading();
    if (size == UV_ENOBUFS) return;
    if (size == UV_EOF) return self->owner_->on_end();
    self->broken(static_cast<int>(size));
  }

  static void wrote(uv_write_t* request, int error) {
    std::unique_ptr<WriteOp> op(static_cast<WriteOp*>(request));
    if (op->secret) wipe(op->bytes);
    Stream* self = of(request->handle);
    if (self == nullptr) return;
    if (error < 0) return self->broken(error);
    self->owner_->on_drained();
  }

  static void connected(uv_connect_t* request, int error) {
    const std::unique_ptr<uv_connect_t> owned(request);
    Stream* self = of(request->handle);
    if (self == nullptr) return;
    if (error < 0) return self->broken(error);
    self->owner_->on_connected();
  }
};

Result<std::unique_ptr<Stream>> Stream::adopt(Loop& loop, int socket,
                                              Owner& owner) {
  std::unique_ptr<Stream> self(new Stream(loop, owner));
  auto tcp = open_handle<uv_tcp_t>(self.get(), [&loop](auto* handle) {
    return uv_tcp_init(loop.uv(), handle);
  });
  if (!tcp) {
    close(socket);
    return std::move(tcp).error();
  }
  self->tcp_ = std::move(*tcp);
  if (const int error = uv_tcp_open(self->tcp_.get(), socket); error < 0) {
    close(socket);
    return Error{Fault::Network, uv_strerror(error)};
  }
  return self;
}

Result<std::unique_ptr<Stream>> Stream::connect(Loop& loop, const Address& to,
                                                Owner& owner,
                                                const Address* from) {
  std::unique_ptr<Stream> self(new Stream(loop, owner));
  auto tcp = open_handle<uv_tcp_t>(self.get(), [&](auto* handle) {
    return uv_tcp_init_ex(loop.uv(), handle, to.raw()->sa_family);
  });
  if (!tcp) return std::move(tcp).error();
  self->tcp_ = std::move(*tcp);
  if (from != nullptr)
    if (Status bound = self->bind(*from); !bound)
      return std::move(bound).error();
  auto request = std::make_unique<uv_connect_t>();
  const int error = uv_tcp_connect(request.get(), self->tcp_.get(), to.raw(),
                                   &Ops::connected);
  if (error == UV_EADDRNOTAVAIL)
    return Error{Fault::Network, "no port of ours is left for it"};
  if (error < 0) return Error{Fault::Network, uv_strerror(error)};
  (void)request.release();  // Ops::connected frees it
  // Together with waiting for the connection: one call to the kernel less.
  self->begin_reading();
  uv_tcp_nodelay(self->tcp_.get(), 1);
  return self;
}

// The port is left for connect() to choose, which knows the peer: else one
// address would have 64,000 ports for all peers together.
Status Stream::bind(const Address& from) {
  uv_os_fd_t socket = -1;
  const int on = 1;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(tcp_.get()), &socket) == 0)
    setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const int error = uv_tcp_bind(tcp_.get(), from.raw(), 0);
  if (error == UV_EADDRNOTAVAIL)
    return Error{Fault::Network, "that is no address of this machine"};
  if (error < 0) return Error{Fault::Network, uv_strerror(error)};
  return Done{};
}

void Stream::resume() {
  if (!paused_ || broken_) return;
  paused_ = false;
  had_its_turn_ = false;
  begin_reading();
}

Stream::~Stream() {
  if (hungry_) loop_.forget(*this);
}

bool Stream::take_ration() {
  if (hungry_) return false;
  if (std::exchange(has_ration_, false) || loop_.take_ration()) return true;
  hungry_ = true;
  loop_.wait_for_ration(*this);
  return false;
}

// Paused meanwhile, it keeps the ration until it goes on.
bool Stream::on_ration() {
  hungry_ = false;
  has_ration_ = true;
  if (!paused_) begin_reading();
  return !paused_;
}

void Stream::begin_reading() {
  if (std::exchange(reading_, true)) return;
  uv_read_start(Ops::stream(*this), &Ops::alloc, &Ops::read);
}

// The socket is taken out of the loop's set only when something arrives: most
// pauses are over before that, and cost no system call then.
void Stream::pause() {
  paused_ = true;
}

void Stream::stop_reading() {
  if (std::exchange(reading_, false)) uv_read_stop(Ops::stream(*this));
}

void Stream::write(std::string_view bytes) {
  if (broken_ || finished_ || bytes.empty()) return;
  if (backlog() == 0) {
    const uv_buf_t now = uv_buf_init(const_cast<char*>(bytes.data()),
                                     static_cast<unsigned>(bytes.size()));
    const int sent = uv_try_write(Ops::stream(*this), &now, 1);
    // An error is left to uv_write, which reports it from the loop and so never
    // from inside our caller's call.
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
    if (bytes.empty()) return;
  }
  auto op = std::make_unique<WriteOp>();
  op->bytes = bytes;
  op->secret = wiping_;
  const uv_buf_t rest =
      uv_buf_init(op->bytes.data(), static_cast<unsigned>(op->bytes.size()));
  if (uv_write(op.get(), Ops::stream(*this), &rest, 1, &Ops::wrote) == 0)
    (void)op.release();  // Ops::wrote frees it
}

size_t Stream::backlog() const {
  return uv_stream_get_write_queue_size(Ops::stream(*this));
}

void Stream::finish() {
  if (broken_ || finished_) return;
  finished_ = true;
  uv_os_fd_t socket = -1;
  uv_fileno(reinterpret_cast<uv_handle_t*>(tcp_.get()), &socket);
  if (backlog() == 0) {
    shutdown(socket, SHUT_WR);
    return;
  }
  auto request = std::make_unique<uv_shutdown_t>();
  const int error = uv_shutdown(
      request.get(), Ops::stream(*this), [](uv_shutdown_t* done, int) {
        const std::unique_ptr<uv_shutdown_t> owned(done);
      });
  if (error == 0) (void)request.release();  // the callback frees it
}

void Stream::keep_alive(unsigned seconds) {
  uv_os_fd_t socket = -1;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(tcp_.get()), &socket) == 0)
    keep_socket_alive(socket, seconds);
}

Address Stream::local() const {
  sockaddr_storage raw{};
  int size = sizeof raw;
  uv_tcp_getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&raw), &size);
  return Address::from(reinterpret_cast<sockaddr*>(&raw));
}

Address Stream::peer() const {
  sockaddr_storage raw{};
  int size = sizeof raw;
  uv_tcp_getpeername(tcp_.get(), reinterpret_cast<sockaddr*>(&raw), &size);
  return Address::from(reinterpret_cast<sockaddr*>(&raw));
}

void Stream::broken(int error) {
  if (std::exchange(broken_, true)) return;
  pause();
  stop_reading();
  owner_->on_broken(uv_strerror(error));
}

}  // namespace postern
