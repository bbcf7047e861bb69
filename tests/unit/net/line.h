// A stream, and the plain socket at its other end.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "proxy/net/loop.h"
#include "proxy/net/stream.h"

namespace postern {

struct Line final : Stream::Owner {
  int own = -1;  // the stream's descriptor
  int other = -1;
  std::unique_ptr<Stream> stream;
  std::string read;
  int ends = 0;
  std::string broke;
  std::function<void()> then;  // after each read

  explicit Line(Loop& loop) {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    own = fds[0];
    other = fds[1];
    auto adopted = Stream::adopt(loop, fds[0], *this);
    REQUIRE(adopted);
    stream = std::move(*adopted);
    stream->resume();
  }
  ~Line() { hang_up(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void say(std::string_view text) const {
    REQUIRE(::write(other, text.data(), text.size()) ==
            static_cast<ssize_t>(text.size()));
  }
  void hang_up() {
    if (other >= 0) close(other);
    other = -1;
  }

  void on_bytes(std::span<char> bytes) override {
    read.append(bytes.data(), bytes.size());
    if (then) then();
  }
  void on_end() override { ++ends; }
  void on_broken(std::string_view why) override { broke = why; }
  void on_drained() override {}
};

}  // namespace postern
