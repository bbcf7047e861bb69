// A listening Unix socket with a name in the file system, and who is at the
// other end of a connection.  Listener accepts on it, Stream carries its bytes:
// to both one stream socket is like the other.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

#include "proxy/base/result.h"
#include "proxy/net/listener.h"

namespace postern {

struct LocalSocketOptions {
  std::string path;
  mode_t mode = 0600;
  std::optional<uid_t> owner;  // none: who we are
  std::optional<gid_t> group;

  bool operator==(const LocalSocketOptions&) const = default;
};

// Owns the name: it goes with its owner, unless somebody else has taken it by
// then.
class LocalSocket {
 public:
  // A socket file nobody listens on any more is replaced; one that is alive, or
  // a file that is no socket, is an error (Fault::Config).  Nobody can connect
  // before mode and owner are right.
  static Result<std::unique_ptr<LocalSocket>> open(
      const LocalSocketOptions& options);
  ~LocalSocket();
  LocalSocket(const LocalSocket&) = delete;
  LocalSocket& operator=(const LocalSocket&) = delete;

  // Another mode, owner or group for the same path.
  Status change(const LocalSocketOptions& options);

  const LocalSocketOptions& options() const { return options_; }
  ListenSocket take_socket() { return std::move(socket_); }

 private:
  explicit LocalSocket(LocalSocketOptions options)
      : options_(std::move(options)) {}
  Status bind();
  Status bind_name(int fd);
  Status dress(const LocalSocketOptions& wanted) const;
  bool is_ours() const;

  LocalSocketOptions options_;
  ListenSocket socket_;
  bool bound_ = false;
  dev_t device_ = 0;  // of the name,
  ino_t inode_ = 0;   // so that we remove no other
};

// Who connected, as of then (SO_PEERCRED).
struct LocalPeer {
  pid_t process = 0;
  uid_t user = 0;
  gid_t group = 0;
};
std::optional<LocalPeer> local_peer(int socket);

}  // namespace postern
