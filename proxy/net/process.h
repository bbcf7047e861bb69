// A program that is run beside us and left alone until it ends.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/net/handle.h"
#include "proxy/net/timer.h"

namespace postern {

class Loop;

// Owned by whoever waits for it, on the loop's thread.  Destroying it kills the
// program.  It has no shell, no input, and its output goes nowhere.
class Process {
 public:
  // An error: how it failed, in words.  Called once; may destroy the Process.
  using Ended = std::function<void(Status)>;

  // The first word is the program's path.  After `limit_ms` it is killed, with
  // what it started.  An error: it could not be started.
  static Result<std::unique_ptr<Process>> start(
      Loop& loop, const std::vector<std::string>& words, uint64_t limit_ms,
      Ended ended);

  Process(Loop& loop, Ended ended) : ended_(std::move(ended)), timer_(loop) {}
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

 private:
  void on_exit(int64_t status, int signal);
  void kill();

  Ended ended_;
  Timer timer_;
  Handle<uv_process_t> handle_;
  int pid_ = 0;  // 0: not running
  bool too_slow_ = false;
};

}  // namespace postern
