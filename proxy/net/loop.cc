#include "proxy/net/loop.h"

#include <cassert>
#include <csignal>
#include <utility>

#include <uv.h>

#include "proxy/net/alarms.h"
#include "proxy/net/stream.h"
#include "proxy/net/timer.h"

namespace postern {
namespace {

// Measured: reads of 256 KiB cost a quarter less per byte
// than reads of 16 KiB, and the buffer is one per thread.
constexpr size_t kReadSize = size_t{256} << 10;
// A borrowed buffer that grew beyond this is not kept.
constexpr size_t kKeepScratch = size_t{1} << 20;

// That run_once() waits for an event.
constexpr uint64_t kTurnMs = 10;

// In one turn.  Each takes up to three tenths of a millisecond.
constexpr size_t kLongSteps = 16;

// How long a crowd is remembered: it comes in waves.
constexpr uint64_t kCrowdMs = 1000;

}  // namespace

Loop::Loop()
    : uv_(new uv_loop_t),
      wake_(new uv_async_t),
      prepare_(new uv_prepare_t),
      check_(new uv_check_t),
      no_wait_(new uv_idle_t) {
  // libuv writes without MSG_NOSIGNAL: a peer that is gone must be an error of
  // its connection, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  [[maybe_unused]] int rc = uv_loop_init(uv_);
  assert(rc == 0);
  uv_->data = this;
  rc = uv_async_init(uv_, wake_, [](uv_async_t* wake) {
    static_cast<Loop*>(wake->data)->run_posted();
  });
  assert(rc == 0);
  wake_->data = this;
  // Runs once a turn, before the loop waits: whatever was buried in the turn
  // before, by whichever kind of callback, is out of all of them by then.
  uv_prepare_init(uv_, prepare_);
  prepare_->data = this;
  uv_prepare_start(prepare_, [](uv_prepare_t* prepare) {
    static_cast<Loop*>(prepare->data)->begin_turn();
  });
  uv_unref(reinterpret_cast<uv_handle_t*>(prepare_));
  // Runs once a turn, when all events have been looked after.
  uv_check_init(uv_, check_);
  check_->data = this;
  uv_check_start(check_, [](uv_check_t* check) {
    static_cast<Loop*>(check->data)->end_turn();
  });
  uv_unref(reinterpret_cast<uv_handle_t*>(check_));
  // While it is started the loop does not wait for events.
  uv_idle_init(uv_, no_wait_);
  alarms_ = std::make_unique<Alarms>(uv_);
  read_scratch_.room(kReadSize);
}

Loop::~Loop() {
  empty_graveyard();
  {
    std::vector<std::function<void()>> unrun;
    const std::lock_guard lock(mutex_);
    unrun.swap(posted_);
  }
  uv_close(reinterpret_cast<uv_handle_t*>(wake_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(prepare_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(check_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(no_wait_), nullptr);
  uv_run(uv_, UV_RUN_DEFAULT);
  empty_graveyard();
  alarms_->close();
  uv_run(uv_, UV_RUN_DEFAULT);
  [[maybe_unused]] const int rc = uv_loop_close(uv_);
  assert(rc == 0 && "a handle outlived its loop");
  delete no_wait_;
  delete check_;
  delete prepare_;
  delete wake_;
  delete uv_;
}

void Loop::run() {
  uv_run(uv_, UV_RUN_DEFAULT);
  empty_graveyard();
}

// What is due already runs before the wait, which would never end if it was
// all that was to come.
void Loop::run_once() {
  Timer patience(*this);
  std::function<void()> wait_on;
  wait_on = [&] { patience.start(kTurnMs, wait_on); };
  wait_on();
  uv_run(uv_, UV_RUN_ONCE);
  empty_graveyard();
}

void Loop::stop() {
  post([this] { uv_stop(uv_); });
}

void Loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  uv_async_send(wake_);
}

void Loop::bury(std::unique_ptr<Mortal> dead) {
  graveyard_.push_back(std::move(dead));
}

uint64_t Loop::now() const {
  return uv_now(uv_);
}

std::unique_ptr<Buffer> Loop::borrow() {
  if (spare_.empty()) return std::make_unique<Buffer>();
  auto scratch = std::move(spare_.back());
  spare_.pop_back();
  return scratch;
}

void Loop::give_back(std::unique_ptr<Buffer> scratch) {
  scratch->clear();
  if (scratch->capacity() <= kKeepScratch) spare_.push_back(std::move(scratch));
}

void Loop::begin_turn() {
  empty_graveyard();
  fast_lane_.begin_turn();
}

bool Loop::queue_long_step(Stream& stream) {
  long_steps_.push_back(&stream);
  return long_steps_.size() <= kLongSteps;
}

bool Loop::crowded() const {
  return now() - last_crowd_ < kCrowdMs;
}

void Loop::end_turn() {
  if (long_steps_.size() > 1) last_crowd_ = now();
  for (size_t i = 0; i < kLongSteps && !long_steps_.empty(); ++i) {
    Stream* const first = long_steps_.front();
    long_steps_.pop_front();
    first->take_long_step();
    fast_lane_.after_long_step();
  }
  if (long_steps_.empty())
    uv_idle_stop(no_wait_);
  else
    uv_idle_start(no_wait_, [](uv_idle_t*) {});
}

void Loop::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks)
    task();
}

void Loop::empty_graveyard() {
  // Burying may bury more.
  while (!graveyard_.empty()) {
    auto dead = std::exchange(graveyard_, {});
    dead.clear();
  }
}

}  // namespace postern
