#include "proxy/net/local_socket.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/system_error.h"

namespace postern {
namespace {

constexpr int kLocalBacklog = 64;

// Closed when left.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  const int fd_;
};

Error wrong(const std::string& path, std::string text) {
  return Error{Fault::Config, std::move(text)}.in(printable(path));
}

Error failed(const std::string& path, const char* what) {
  return wrong(path, std::string(what) + ": " + system_error(errno));
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return wrong(path, "the path of a socket has 1 to " +
                           std::to_string(sizeof address.sun_path - 1) +
                           " octets");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

const sockaddr* raw(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int new_socket() {
  return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

// Two of us that find the same stale name must not both replace it: between one
// looking and its listening, the other waits.  The folder is locked, so that
// no file is left behind.
Status lock_folder(const Descriptor& folder, const std::string& path) {
  constexpr int kAttempts = 50;
  constexpr useconds_t kPause = 20000;  // microseconds
  if (!folder.open()) return failed(path, "cannot open its folder");
  for (int i = 0; i < kAttempts; ++i) {
    if (flock(folder.get(), LOCK_EX | LOCK_NB) == 0) return Done{};
    usleep(kPause);
  }
  return failed(path, "cannot lock its folder");
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Done if the name may be taken: there is none, or what is left of a socket.
Status remove_stale(const sockaddr_un& address, const std::string& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0)
    return errno == ENOENT ? Status(Done{}) : Status(failed(path, "stat"));
  if (!S_ISSOCK(facts.st_mode))
    return wrong(path, "is in the way, and no socket");
  const Descriptor probe(new_socket());
  if (!probe.open()) return failed(path, "socket");
  if (connect(probe.get(), raw(address), sizeof address) == 0 ||
      errno == EAGAIN)
    return wrong(path, "another process listens there");
  if (errno != ECONNREFUSED) return failed(path, "cannot tell who listens");
  if (unlink(path.c_str()) != 0) return failed(path, "cannot remove it");
  return Done{};
}

}  // namespace

Result<std::unique_ptr<LocalSocket>> LocalSocket::open(
    const LocalSocketOptions& options) {
  std::unique_ptr<LocalSocket> self(new LocalSocket(options));
  if (Status bound = self->bind(); !bound) return std::move(bound).error();
  return self;
}

Status LocalSocket::bind() {
  const std::string& path = options_.path;
  const auto address = address_of(path);
  if (!address) return address.error();
  const Descriptor folder(
      ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (Status locked = lock_folder(folder, path); !locked) return locked;
  if (Status free = remove_stale(*address, path); !free) return free;
  const int fd = new_socket();
  if (fd < 0) return failed(path, "socket");
  socket_ = ListenSocket(fd);
  return bind_name(fd);
}

// Until listen() connections are refused: the name may be given its owner and
// mode in peace.
Status LocalSocket::bind_name(int fd) {
  const std::string& path = options_.path;
  const auto address = address_of(path);
  fchmod(fd, 0600);  // bind() gives the name this mode, less the umask
  if (::bind(fd, raw(*address), sizeof *address) != 0)
    return failed(path, "cannot bind");
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) return failed(path, "stat");
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
  bound_ = true;
  if (Status dressed = dress(options_); !dressed) return dressed;
  if (listen(fd, kLocalBacklog) != 0) return failed(path, "cannot listen");
  return Done{};
}

// By descriptor, so that nobody who may write to the folder can make us change
// another file in between.
Status LocalSocket::dress(const LocalSocketOptions& wanted) const {
  const std::string& path = wanted.path;
  const Descriptor name(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts {};
  if (!name.open() || fstat(name.get(), &facts) != 0)
    return failed(path, "cannot open it");
  if (facts.st_dev != device_ || facts.st_ino != inode_)
    return wrong(path, "somebody else has replaced it");
  const uid_t owner = wanted.owner.value_or(facts.st_uid);
  const gid_t group = wanted.group.value_or(facts.st_gid);
  if ((owner != facts.st_uid || group != facts.st_gid) &&
      fchownat(name.get(), "", owner, group, AT_EMPTY_PATH) != 0)
    return failed(path, "cannot change its owner");
  const std::string by_number = "/proc/self/fd/" + std::to_string(name.get());
  if (chmod(by_number.c_str(), wanted.mode) != 0)
    return failed(path, "cannot change its mode");
  return Done{};
}

Status LocalSocket::change(const LocalSocketOptions& options) {
  Status changed = dress(options);
  if (changed) options_ = options;
  return changed;
}

bool LocalSocket::is_ours() const {
  struct stat facts {};
  return bound_ && lstat(options_.path.c_str(), &facts) == 0 &&
         facts.st_dev == device_ && facts.st_ino == inode_;
}

LocalSocket::~LocalSocket() {
  if (is_ours()) unlink(options_.path.c_str());
}

std::optional<LocalPeer> local_peer(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
    return std::nullopt;
  return LocalPeer{who.pid, who.uid, who.gid};
}

}  // namespace postern
