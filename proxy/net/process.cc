#include "proxy/net/process.h"

#include <csignal>
#include <utility>

#include "proxy/net/loop.h"

namespace postern {

Result<std::unique_ptr<Process>> Process::start(
    Loop& loop, const std::vector<std::string>& words, uint64_t limit_ms,
    Ended ended) {
  std::vector<std::string> copies = words;  // libuv wants to write
  std::vector<char*> arguments;
  arguments.reserve(copies.size() + 1);
  for (std::string& word : copies)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  uv_process_options_t options{};
  options.file = arguments[0];
  options.args = arguments.data();
  options.flags =
      UV_PROCESS_DETACHED;  // a group of its own, to be killed whole
  options.exit_cb = [](uv_process_t* handle, int64_t status, int signal) {
    if (handle->data != nullptr)
      static_cast<Process*>(handle->data)->on_exit(status, signal);
  };
  auto self = std::make_unique<Process>(loop, std::move(ended));
  // Even a failed start leaves a handle that must be closed.
  self->handle_.reset(std::make_unique<uv_process_t>().release());
  const int rc = uv_spawn(loop.uv(), self->handle_.get(), &options);
  self->handle_->data = self.get();
  if (rc < 0)
    return Error{Fault::Config,
                 "cannot be started: " + std::string(uv_strerror(rc))};
  self->pid_ = self->handle_->pid;
  self->timer_.start(limit_ms, [process = self.get()] {
    process->too_slow_ = true;
    process->kill();
  });
  return self;
}

Process::~Process() {
  kill();
}

void Process::kill() {
  if (pid_ > 0) ::kill(-pid_, SIGKILL);
}

void Process::on_exit(int64_t status, int signal) {
  pid_ = 0;
  timer_.stop();
  const auto ended = std::exchange(ended_, nullptr);
  if (too_slow_) return ended(Error{Fault::TryLater, "took too long"});
  if (signal != 0)
    return ended(
        Error{Fault::Config, "was killed by signal " + std::to_string(signal)});
  if (status != 0)
    return ended(
        Error{Fault::Config, "ended with status " + std::to_string(status)});
  ended(Done{});
}

}  // namespace postern
