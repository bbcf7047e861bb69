#include "proxy/net/handle.h"

#include <string>

#include <doctest/doctest.h>

using namespace postern;

namespace {

struct WriteOp : uv_write_t {
  std::string bytes;
};
int cancelled = 0;
int orphaned = 0;

}  // namespace

TEST_CASE("dropping handles with work in flight leaves nothing behind") {
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  {
    auto timer = open_handle<uv_timer_t>(
        nullptr, [&](auto* each) { return uv_timer_init(&loop, each); });
    REQUIRE(timer);
    uv_timer_start((*timer).get(), [](uv_timer_t*) { FAIL("a late timer"); },
                   10000, 0);
    int fds[2];
    REQUIRE(uv_socketpair(SOCK_STREAM, 0, fds, 0, 0) == 0);
    int owner = 0;
    auto tcp = open_handle<uv_tcp_t>(
        &owner, [&](auto* each) { return uv_tcp_init(&loop, each); });
    REQUIRE(tcp);
    REQUIRE(uv_tcp_open((*tcp).get(), fds[0]) == 0);
    auto* op = new WriteOp;
    op->bytes.assign(8 << 20, 'x');
    uv_buf_t all =
        uv_buf_init(op->bytes.data(), static_cast<unsigned>(op->bytes.size()));
    REQUIRE(uv_write(op, reinterpret_cast<uv_stream_t*>((*tcp).get()), &all, 1,
                     [](uv_write_t* done, int status) {
                       if (status == UV_ECANCELED) ++cancelled;
                       if (done->handle->data == nullptr) ++orphaned;
                       delete static_cast<WriteOp*>(done);
                     }) == 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    CHECK(cancelled == 0);  // 8 MiB into a pair nobody reads: unfinished
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(cancelled == 1);
  CHECK(orphaned == 1);
  CHECK(uv_loop_close(&loop) == 0);
}
