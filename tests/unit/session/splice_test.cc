#include "proxy/session/splice.h"

#include <algorithm>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "proxy/net/loop.h"

using namespace postern;

namespace {

// The far end of a side, as a plain blocking socket.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  ~Peer() { leave(); }
  void say(std::string_view text) const {
    CHECK(write(fd_, text.data(), text.size()) ==
          static_cast<ssize_t>(text.size()));
  }
  // As much of it as the socket takes at once.
  size_t offer(std::string_view text) const {
    const ssize_t size = send(fd_, text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? 0 : static_cast<size_t>(size);
  }
  void half_close() const { shutdown(fd_, SHUT_WR); }
  void leave() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  // What has arrived; "<end>" stands for FIN.
  std::string heard() const {
    std::string all;
    char some[65536];
    for (;;) {
      const ssize_t size = recv(fd_, some, sizeof some, MSG_DONTWAIT);
      if (size == 0) return all + "<end>";
      if (size < 0) return all;
      all.append(some, static_cast<size_t>(size));
    }
  }

 private:
  int fd_;
};

struct NobodyYet final : Transport::Owner {
  void on_plain(Transport&, std::string_view) override {}
  void on_secured(Transport&) override {}
  void on_end(Transport&, bool) override {}
  void on_broken(Transport&, const std::string&) override {}
  void on_drained(Transport&) override {}
};

std::unique_ptr<Transport> make_side(Loop& loop, NobodyYet& nobody,
                                     std::optional<Peer>& peer) {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  peer.emplace(fds[1]);
  auto side = Transport::adopt(loop, fds[0], nobody);
  REQUIRE(side);
  return std::move(*side);
}

struct Spliced final : private Splice::Owner {
  Loop loop;
  NobodyYet nobody;
  std::optional<Peer> client;
  std::optional<Peer> backend;
  std::unique_ptr<Transport> front = make_side(loop, nobody, client);
  std::unique_ptr<Transport> back = make_side(loop, nobody, backend);
  std::string reason;
  std::function<uint64_t()> grace = [] { return 0; };
  std::optional<Splice> splice;

  void start(SpliceOptions options = {}, std::string_view for_client = {},
             std::string_view for_backend = {}) {
    Splice::Owner& self = *this;
    splice.emplace(loop, *front, *back, options, self);
    splice->start(for_client, for_backend);
  }
  // Some turns of the loop, which never wait.
  void turn() {
    for (int i = 0; i < 20; ++i) {
      loop.post([] {});
      loop.run_once();
    }
  }

 private:
  void on_spliced_out(Ending, std::string why) override { reason = why; }
  uint64_t grace_ms() override { return grace(); }
};

}  // namespace

TEST_CASE("what came early goes first, in both directions") {
  Spliced both;
  both.client->say("c NOOP\r\n");
  both.backend->say("* 8 EXISTS\r\n");
  both.start({}, "* 7 EXISTS\r\n", "b NOOP\r\n");
  both.turn();
  CHECK(both.client->heard() == "* 7 EXISTS\r\n* 8 EXISTS\r\n");
  CHECK(both.backend->heard() == "b NOOP\r\nc NOOP\r\n");
  CHECK(both.splice->received() == 16);
  CHECK(both.splice->sent() == 24);
}

TEST_CASE("T9.7: a half-closed client still gets its answers") {
  Spliced both;
  both.start();
  both.client->say("a NOOP\r\nb LOGOUT\r\n");
  both.client->half_close();
  both.turn();
  CHECK(both.backend->heard() == "a NOOP\r\nb LOGOUT\r\n<end>");
  CHECK(both.reason.empty());
  both.backend->say("a OK\r\n* BYE\r\nb OK\r\n");
  both.backend->leave();
  both.turn();
  CHECK(both.client->heard() == "a OK\r\n* BYE\r\nb OK\r\n<end>");
  CHECK(both.reason == "client closed");
}

TEST_CASE("a backend that leaves ends the session, its last words first") {
  Spliced both;
  both.start();
  both.backend->say("* BYE\r\n");
  both.backend->leave();
  both.turn();
  CHECK(both.client->heard() == "* BYE\r\n<end>");
  CHECK(both.reason == "backend closed");
}

TEST_CASE("T9.6: a reader that stopped stops the other side's sender") {
  Spliced both;
  both.start({.watermark = 65536});
  const std::string chunk(65536, 'x');
  size_t taken = 0;
  size_t most_held = 0;
  // The client reads nothing: sooner or later the backend cannot send.
  for (int refusals = 0; refusals < 3;) {
    const size_t size = both.backend->offer(chunk);
    taken += size;
    refusals = size == 0 ? refusals + 1 : 0;
    both.turn();
    most_held = std::max(most_held, both.front->backlog());
    REQUIRE(taken < 64U << 20);
  }
  CHECK(most_held <= 65536 + both.loop.read_scratch().capacity());
  CHECK(both.back->paused());
  // When it reads again, everything arrives.
  size_t got = 0;
  while (got < taken) {
    got += both.client->heard().size();
    both.turn();
  }
  CHECK(got == taken);
  CHECK_FALSE(both.back->paused());
}

TEST_CASE("silence for too long ends it") {
  Spliced both;
  both.start({.watermark = 65536, .idle_ms = 5});
  while (both.reason.empty())
    both.loop.run_once();
  CHECK(both.reason == "idle timeout");
  both.turn();
  CHECK(both.client->heard() == "<end>");
  CHECK(both.backend->heard() == "<end>");
}

TEST_CASE("a backend that closes in answer to its client is not lost") {
  Spliced both;
  both.grace = [] { return 3600000; };
  both.start();
  both.client->say("a LOGOUT\r\n");
  both.turn();
  CHECK(both.backend->heard() == "a LOGOUT\r\n");
  std::string reason;
  SUBCASE("having read everything") {
    reason = "backend closed";
  }
  SUBCASE("with something unread in its socket") {
    both.client->say("b NOOP\r\n");
    both.turn();
    reason = "backend: connection reset by peer";
  }
  both.backend->say("* BYE\r\na OK\r\n");
  both.backend->leave();
  both.turn();
  CHECK(both.client->heard() == "* BYE\r\na OK\r\n<end>");
  CHECK(both.reason == reason);
}

TEST_CASE("of a backend that is lost the client is told when its time comes") {
  Spliced both;
  int asked = 0;
  both.grace = [&asked] {
    ++asked;
    return 5;
  };
  both.start();
  both.backend->say("* 1 EXISTS\r\n");
  both.backend->leave();
  while (both.reason.empty())
    both.loop.run_once();
  both.turn();
  CHECK(asked == 1);
  CHECK(both.client->heard() == "* 1 EXISTS\r\n<end>");
  CHECK(both.reason == "backend closed");
}
