#include "proxy/net/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/net/pair.h"

using namespace postern;

namespace {

Address bound_to(const ListenSocket& socket) {
  sockaddr_storage raw{};
  socklen_t size = sizeof raw;
  getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&raw), &size);
  return Address::from(reinterpret_cast<sockaddr*>(&raw));
}

ListenSocket listen_anywhere() {
  auto sockets = ListenSocket::open(*Address::parse("127.0.0.1", 0), 1);
  REQUIRE(sockets);
  return std::move((*sockets)[0]);
}

int option(int socket, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  CHECK(getsockopt(socket, level, name, &value, &size) == 0);
  return value;
}

}  // namespace

TEST_CASE("connections are handed over with their address") {
  Loop loop;
  ListenSocket socket = listen_anywhere();
  const Address where = bound_to(socket);
  std::vector<int> accepted;
  Address peer;
  auto listener = Listener::start(
      loop, std::move(socket),
      [&](int fd, const Address& from) {
        accepted.push_back(fd);
        peer = from;
      },
      [](std::string_view why) { FAIL(std::string(why)); });
  REQUIRE(listener);
  Witness client;
  auto stream = Stream::connect(loop, where, client);
  REQUIRE(stream);
  while (accepted.empty() || !client.connected)
    loop.run_once();
  CHECK(peer == (*stream)->local());
  close(accepted[0]);
}

TEST_CASE("an address that somebody listens on is refused") {
  const ListenSocket first = listen_anywhere();
  const auto second = ListenSocket::open(bound_to(first), 2);
  REQUIRE_FALSE(second);
  CHECK(second.error().text.find("Address already in use") !=
        std::string::npos);
}

TEST_CASE("T9.4: out of descriptors, it rests, says so once, and recovers") {
  Loop loop;
  ListenSocket socket = listen_anywhere();
  const Address where = bound_to(socket);
  std::vector<int> accepted;
  int complaints = 0;
  auto listener = Listener::start(
      loop, std::move(socket),
      [&](int fd, const Address&) { accepted.push_back(fd); },
      [&](std::string_view) { ++complaints; });
  REQUIRE(listener);
  Witness client;
  auto stream = Stream::connect(loop, where, client);
  REQUIRE(stream);

  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  std::vector<int> hoard;
  const rlimit tight{64, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &tight);
  for (int fd = dup(0); fd >= 0; fd = dup(0))
    hoard.push_back(fd);
  while (complaints == 0)
    loop.run_once();
  loop.run_once();
  CHECK(accepted.empty());
  CHECK(complaints == 1);
  for (const int fd : hoard)
    close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
  while (accepted.empty())
    loop.run_once();
  CHECK(complaints == 1);
  close(accepted[0]);
}

TEST_CASE("what is accepted has the options of its listener") {
  Loop loop;
  ListenSocket socket = listen_anywhere();
  const Address where = bound_to(socket);
  int accepted = -1;
  auto listener = Listener::start(
      loop, std::move(socket), [&](int fd, const Address&) { accepted = fd; },
      [](std::string_view why) { FAIL(std::string(why)); });
  REQUIRE(listener);
  (*listener)->keep_alive(240);
  Witness client;
  const auto stream = Stream::connect(loop, where, client);
  REQUIRE(stream);
  while (accepted < 0)
    loop.run_once();
  CHECK(option(accepted, IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(option(accepted, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(accepted, IPPROTO_TCP, TCP_KEEPIDLE) == 240);
  CHECK(option(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT) == 480000);
  close(accepted);
}
