#include "proxy/ctl/connection.h"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/system_error.h"

namespace postern {
namespace {

constexpr size_t kPiece = 65536;

Error failed(std::string text) {
  return Error{Fault::Network, std::move(text)};
}

// What the administrator can do about it.
const char* hint(int error) {
  switch (error) {
    case ENOENT:
      return " (is the daemon running, and does it set admin_socket?)";
    case ECONNREFUSED:
      return " (the daemon that listened there is gone)";
    case EACCES:
      return " (admin_socket_mode, _owner and _group say who may connect)";
    default:
      return "";
  }
}

}  // namespace

Result<Connection> Connection::open(const std::string& path, int patience_ms) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return failed(printable(path) + ": this is no path of a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed("socket: " + system_error(errno));
  Connection made(fd, patience_ms);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    return failed(printable(path) + ": " + system_error(error) + hint(error));
  }
  return made;
}

Connection::Connection(Connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      patience_ms_(other.patience_ms_),
      held_(std::move(other.held_)),
      start_(other.start_) {}

Connection::~Connection() {
  if (socket_ >= 0) close(socket_);
}

Status Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return failed("the daemon hung up: " + system_error(errno));
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return Done{};
}

Result<std::string> Connection::line() {
  for (size_t scanned = start_;;) {
    const size_t end = held_.find('\n', scanned);
    if (end != std::string::npos) {
      std::string line = held_.substr(start_, end - start_);
      start_ = end + 1;
      return line;
    }
    held_.erase(0, std::exchange(start_, 0));
    scanned = held_.size();
    if (Status filled = fill(); !filled) return std::move(filled).error();
  }
}

Status Connection::fill() {
  pollfd readable{socket_, POLLIN, 0};
  const int ready = poll(&readable, 1, patience_ms_);
  if (ready < 0 && errno == EINTR) return Done{};
  if (ready == 0)
    return failed(
        "the daemon does not answer; what was asked for may still "
        "be carried out");
  const size_t before = held_.size();
  held_.resize(before + kPiece);
  const ssize_t size = recv(socket_, held_.data() + before, kPiece, 0);
  held_.resize(before + static_cast<size_t>(size > 0 ? size : 0));
  if (size > 0 || (size < 0 && errno == EINTR)) return Done{};
  return failed(size == 0 ? "the daemon hung up before its answer was complete"
                          : "the daemon hung up: " + system_error(errno));
}

}  // namespace postern
