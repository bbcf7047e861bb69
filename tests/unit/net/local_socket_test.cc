#include "proxy/net/local_socket.h"

#include <cstring>
#include <fstream>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/unit/temp_dir.h"

using namespace postern;

namespace {

bool exists(const std::string& path) {
  struct stat facts {};
  return lstat(path.c_str(), &facts) == 0;
}

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(lstat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

// Of a client; -1 if nobody listens.
int connect_to(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return fd;
  close(fd);
  return -1;
}

LocalSocketOptions at(const std::string& path, mode_t mode = 0600) {
  LocalSocketOptions options;
  options.path = path;
  options.mode = mode;
  return options;
}

// What a daemon that was killed leaves behind.
void leave_stale(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  close(fd);
}

}  // namespace

TEST_CASE("a name is bound with its mode, and goes with its owner") {
  const TempDir folder;
  const std::string path = folder.path("control");
  const mode_t before = umask(077);  // must not matter
  {
    const auto socket = LocalSocket::open(at(path, 0660));
    REQUIRE(socket);
    CHECK(mode_of(path) == 0660);
    const int client = connect_to(path);
    CHECK(client >= 0);
    close(client);
    REQUIRE((*socket)->change(at(path, 0640)));
    CHECK(mode_of(path) == 0640);
  }
  umask(before);
  CHECK_FALSE(exists(path));
}

TEST_CASE("what a dead daemon left is replaced, a live one is not") {
  const TempDir folder;
  const std::string path = folder.path("control");
  leave_stale(path);
  auto first = LocalSocket::open(at(path));
  REQUIRE(first);
  const auto second = LocalSocket::open(at(path));
  REQUIRE_FALSE(second);
  CHECK(second.error().text == path + ": another process listens there");
  const int client = connect_to(path);
  CHECK(client >= 0);
  close(client);
}

TEST_CASE("a file that is no socket stays") {
  const TempDir folder;
  const std::string path = folder.path("control");
  std::ofstream(path) << "precious";
  const auto refused = LocalSocket::open(at(path));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text == path + ": is in the way, and no socket");
  CHECK(exists(path));
}

TEST_CASE("a name that somebody else has taken since is left alone") {
  const TempDir folder;
  const std::string path = folder.path("control");
  {
    const auto first = LocalSocket::open(at(path));
    REQUIRE(first);
    unlink(path.c_str());
    leave_stale(path);
    CHECK_FALSE((*first)->change(at(path, 0666)));
  }
  CHECK(exists(path));
}

TEST_CASE("of two that find the same stale name only one gets it") {
  const TempDir folder;
  const std::string path = folder.path("control");
  for (int round = 0; round < 50; ++round) {
    leave_stale(path);
    Result<std::unique_ptr<LocalSocket>> one = Error{Fault::Config, ""};
    std::thread other([&] { one = LocalSocket::open(at(path)); });
    const auto two = LocalSocket::open(at(path));
    other.join();
    CHECK(static_cast<bool>(one) != static_cast<bool>(two));
  }
}

TEST_CASE("impossible paths are said to be") {
  CHECK_FALSE(LocalSocket::open(at("")));
  CHECK_FALSE(LocalSocket::open(at("/" + std::string(120, 'x'))));
  CHECK_FALSE(LocalSocket::open(at("/nonexistent/folder/control")));
}

TEST_CASE("who connected is known") {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  const auto peer = local_peer(fds[0]);
  REQUIRE(peer);
  CHECK(peer->process == getpid());
  CHECK(peer->user == getuid());
  CHECK(peer->group == getgid());
  close(fds[0]);
  close(fds[1]);
}
