// Two connected streams on one loop, and owners that remember what they saw.

#pragma once

#include <string>

#include <doctest/doctest.h>

#include "proxy/net/loop.h"
#include "proxy/net/stream.h"

namespace postern {

struct Witness final : Stream::Owner {
  std::string read;
  std::string broke;
  int ends = 0;
  int drains = 0;
  bool connected = false;
  void on_connected() override { connected = true; }
  void on_bytes(std::span<char> bytes) override {
    read.append(bytes.data(), bytes.size());
  }
  void on_end() override { ++ends; }
  void on_broken(std::string_view why) override { broke = why; }
  void on_drained() override { ++drains; }
};

struct Pair {
  Loop loop;
  Witness left_saw;
  Witness right_saw;
  std::unique_ptr<Stream> left;
  std::unique_ptr<Stream> right;

  Pair() {
    int fds[2];
    REQUIRE(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE,
                          UV_NONBLOCK_PIPE) == 0);
    auto one = Stream::adopt(loop, fds[0], left_saw);
    auto two = Stream::adopt(loop, fds[1], right_saw);
    REQUIRE(one);
    REQUIRE(two);
    left = std::move(*one);
    right = std::move(*two);
  }
};

}  // namespace postern
