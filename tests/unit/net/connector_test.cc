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

std::optional<Connected> connect(Loop& loop, Connector::To to,
                                 uint64_t milliseconds) {
  std::optional<Connected> answer;
  Connector connector(loop, std::move(to), milliseconds,
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
  const auto answer = connect(loop,
                              {{*Address::parse("127.0.0.2", port),
                                *Address::parse("127.0.0.1", port)}},
                              10000);
  REQUIRE(*answer);
  CHECK((**answer)->peer().text() == "127.0.0.1:" + std::to_string(port));
}

TEST_CASE("the error names every address and its reason") {
  Loop loop;
  const auto answer = connect(
      loop,
      {{*Address::parse("127.0.0.2", 1), *Address::parse("127.0.0.3", 1)}},
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
  const auto answer = connect(loop, {{full}}, 50);
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().text == full.text() + ": timed out");
  close(filler);
  close(fd);
}

TEST_CASE("connections come from our own addresses in turn") {
  Loop loop;
  auto sockets = ListenSocket::open(*Address::parse("127.0.0.1", 0), 1);
  REQUIRE(sockets);
  const auto there = *Address::parse("127.0.0.1", port_of((*sockets)[0].fd()));
  const auto sources =
      std::make_shared<const SourceAddresses>(std::vector<Address>{
          *Address::parse("127.0.0.5", 0), *Address::parse("127.0.0.6", 0),
          *Address::parse("::1", 0)});
  for (const char* from : {"127.0.0.5", "127.0.0.6", "127.0.0.5"}) {
    const auto answer = connect(loop, {{there}, sources}, 10000);
    REQUIRE(*answer);
    CHECK((**answer)->local().ip() == from);
    // Chosen by connect(): two peers may see the same port of ours.
    CHECK((**answer)->local().port() != 0);
  }
}

TEST_CASE("an address that is not ours gives way to the next") {
  Loop loop;
  auto sockets = ListenSocket::open(*Address::parse("127.0.0.1", 0), 1);
  REQUIRE(sockets);
  const auto there = *Address::parse("127.0.0.1", port_of((*sockets)[0].fd()));
  const Address foreign = *Address::parse("192.0.2.1", 0);
  auto sources = std::make_shared<const SourceAddresses>(
      std::vector<Address>{foreign, *Address::parse("127.0.0.5", 0)});
  const auto some = connect(loop, {{there}, sources}, 10000);
  REQUIRE(*some);
  CHECK((**some)->local().ip() == "127.0.0.5");
  sources =
      std::make_shared<const SourceAddresses>(std::vector<Address>{foreign});
  const auto none = connect(loop, {{there}, sources}, 10000);
  REQUIRE_FALSE(*none);
  CHECK(none->error().text == there.text() +
                                  ": from 192.0.2.1: that is no address of "
                                  "this machine");
}

TEST_CASE("without an address of its family the system chooses") {
  const SourceAddresses sources({*Address::parse("192.0.2.1", 5)});
  CHECK(sources.towards(*Address::parse("::1", 1)).empty());
  const auto ours = sources.towards(*Address::parse("192.0.2.9", 1));
  REQUIRE(ours.size() == 1);
  CHECK(ours[0].text() == "192.0.2.1:0");
}
