#include "proxy/net/connector.h"

#include <optional>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "proxy/net/listener.h"
#include "proxy/net/loop.h"

using namespace postern;

namespace {

using Connected = Result<std::unique_ptr<Stream>>;

uint16_t port_of(int fd) {
  sockaddr_storage raw{};
  socklen_t size = sizeof raw;
  getsockname(fd, reinterpret_cast<sockaddr*>(&raw), &size);
  return Address::from(reinterpret_cast<sockaddr*>(&raw)).port();
}

std::optional<Connected> connect(Loop& loop, std::vector<Address> addresses,
                                 uint64_t milliseconds) {
  std::optional<Connected> answer;
  Connector connector(loop, std::move(addresses), milliseconds,
                      [&](Connected stream) { answer = std::move(stream); });
  connector.start();
  while (!answer)
    loop.run_once();
  return answer;
}

}  // namespace

TEST_CASE("the next address is tried when one refuses") {
  Loop loop;
  auto sockets = ListenSocket::open(*Address::parse("127.0.0.1", 0), 1);
  REQUIRE(sockets);
  const uint16_t port = port_of((*sockets)[0].fd());
  const auto answer = connect(
      loop,
      {*Address::parse("127.0.0.2", port), *Address::parse("127.0.0.1", port)},
      10000);
  REQUIRE(*answer);
  CHECK((**answer)->peer().text() == "127.0.0.1:" + std::to_string(port));
}

TEST_CASE("the error names every address and its reason") {
  Loop loop;
  const auto answer = connect(
      loop, {*Address::parse("127.0.0.2", 1), *Address::parse("127.0.0.3", 1)},
      10000);
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().text ==
        "127.0.0.2:1: connection refused; 127.0.0.3:1: connection refused");
}

TEST_CASE("an address that does not answer loses its share of the time") {
  Loop loop;
  // A listener whose queue is full: the kernel drops further connections.
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const auto where = *Address::parse("127.0.0.1", 0);
  REQUIRE(bind(fd, where.raw(), where.raw_size()) == 0);
  REQUIRE(listen(fd, 0) == 0);
  const Address full = where.with_port(port_of(fd));
  const int filler = socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(::connect(filler, full.raw(), full.raw_size()) == 0);
  const auto answer = connect(loop, {full}, 50);
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().text == full.text() + ": timed out");
  close(filler);
  close(fd);
}
