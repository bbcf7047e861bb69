// posternctl's end of the admin_socket: plain blocking sockets, lines.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/result.h"

namespace postern {

class Connection {
 public:
  // Connects to `path`.  Fault::Network says in words why that did not work.
  // `patience_ms`: how long the daemon may be silent; -1: for ever.
  static Result<Connection> open(const std::string& path, int patience_ms);
  ~Connection();
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status send(std::string_view bytes);
  // The next line without its end.  Fault::Network when the daemon is gone or
  // silent.
  Result<std::string> line();

 private:
  Connection(int socket, int patience_ms)
      : socket_(socket), patience_ms_(patience_ms) {}
  Status fill();

  int socket_;
  const int patience_ms_;
  std::string held_;
  size_t start_ = 0;  // what precedes has been handed out
};

}  // namespace postern
