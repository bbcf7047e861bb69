// One client of the sample server: a blocking socket, read by lines.  It
// belongs to the thread that serves the client.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::sample {

class ClientConnection {
 public:
  explicit ClientConnection(int fd) : fd_(fd) {}
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Without the line end (LF or CRLF).  Nothing once the client has gone, or
  // if it sends more than 64 KiB without a line end.
  std::optional<std::string> read_line();
  std::optional<std::string> read_bytes(size_t size);

  // A client that has gone shows in the next read.
  void write(std::string_view bytes) const;

 private:
  bool fill();

  int fd_;
  std::string unread_;
};

}  // namespace postern::sample
