#include "tests/sample/client_connection.h"

#include <array>
#include <sys/socket.h>
#include <unistd.h>

namespace postern::sample {

namespace {
constexpr size_t kLongestLine = 65536;
}

ClientConnection::~ClientConnection() {
  close(fd_);
}

bool ClientConnection::fill() {
  std::array<char, 65536> bytes{};
  const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  unread_.append(bytes.data(), static_cast<size_t>(got));
  return true;
}

std::optional<std::string> ClientConnection::read_line() {
  size_t end = 0;
  while ((end = unread_.find('\n')) == std::string::npos)
    if (unread_.size() > kLongestLine || !fill()) return std::nullopt;
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::optional<std::string> ClientConnection::read_bytes(size_t size) {
  while (unread_.size() < size)
    if (!fill()) return std::nullopt;
  std::string bytes = unread_.substr(0, size);
  unread_.erase(0, size);
  return bytes;
}

void ClientConnection::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

}  // namespace postern::sample
