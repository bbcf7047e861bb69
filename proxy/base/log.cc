#include "proxy/base/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "proxy/base/ascii.h"
#include "proxy/base/log_sink.h"

namespace postern {
namespace {

using Clock = std::chrono::steady_clock;

// Between attempts on a sink that takes nothing.
constexpr auto kRetry = std::chrono::milliseconds(50);
// How long the end of the process waits for such a sink.
constexpr auto kFarewell = std::chrono::seconds(1);

LogRecord make_record(LogLevel level) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  LogRecord record;
  record.level = level;
  record.milliseconds = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
  return record;
}

LogRecord make_record(LogLevel level, LogFormat format, const LogLine& line) {
  LogRecord record = make_record(level);
  if (format == LogFormat::Json) {
    record.shape = LogRecord::Shape::Json;
    record.text = line.json();
    return record;
  }
  if (format == LogFormat::Logfmt) record.shape = LogRecord::Shape::Logfmt;
  record.text = line.logfmt();
  return record;
}

LogRecord make_record(LogLevel level, LogFormat format, std::string_view text) {
  if (format != LogFormat::Perdition)
    return make_record(level, format, LogLine("").add("msg", text));
  LogRecord record = make_record(level);
  record.text = printable(text, kMaxLogValue);
  return record;
}

constexpr std::string_view kLevelNames[] = {"error", "warning", "notice",
                                            "info", "debug"};

}  // namespace

std::string_view name_of(LogLevel level) {
  return kLevelNames[static_cast<size_t>(level)];
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
  const auto* const found = std::ranges::find(kLevelNames, name);
  if (found == std::end(kLevelNames)) return std::nullopt;
  return static_cast<LogLevel>(found - kLevelNames);
}

// The queue and its writer thread.  What callers share is behind `mutex_`; the
// batch and the sink are the writer's own.
class Log::Impl {
 public:
  explicit Impl(LogOptions options)
      : initial_(std::move(options)),
        least_(initial_.least),
        format_(initial_.format),
        queue_octets_(initial_.queue_bytes),
        sink_(make_stderr_sink(initial_.ident)),
        writer_([this] { run(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const LogOptions& initial() const { return initial_; }
  bool wants(LogLevel level) const { return level <= least_; }
  LogLevel level() const { return least_; }
  void change_level(LogLevel least) { least_ = least; }
  LogFormat format() const { return format_; }

  void take_over(const LogOptions& options, std::unique_ptr<LogSink> sink) {
    {
      const std::lock_guard lock(mutex_);
      least_ = options.least;
      format_ = options.format;
      queue_octets_ = options.queue_bytes;
      next_sink_.swap(sink);
    }
    wake_.notify_one();
  }

  void put(LogRecord record) {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      wake = std::exchange(idle_, false);
      if (waiting_octets_ + record.octets() > queue_octets_) {
        ++lost_;
      } else {
        waiting_octets_ += record.octets();
        queue_.push_back(std::move(record));
      }
    }
    if (wake) wake_.notify_one();
  }

  uint64_t lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

 private:
  void run() {
    // Signals are for the threads that have handlers for them; a pipe whose
    // reader left is an error like any other.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    while (collect()) {
      const size_t written = sink_->write(std::span(batch_).subspan(done_));
      done_ += written;
      stuck_ = written == 0;
      if (done_ < batch_.size()) continue;
      batch_.clear();
      done_ = 0;
    }
  }

  // Waits until there is something to write or to write it to; false when all
  // is over.
  bool collect() {
    std::unique_lock lock(mutex_);
    if (batch_.empty())
      take_queue(lock);
    else if (stuck_)
      wake_.wait_for(lock, kRetry);
    std::unique_ptr<LogSink> fresh = std::move(next_sink_);
    const bool stopping = stopping_;
    lock.unlock();  // closing the old sink may take its time
    if (fresh) sink_ = std::move(fresh);
    if (!stopping) return true;
    if (!deadline_) deadline_ = Clock::now() + kFarewell;
    return !batch_.empty() && Clock::now() < *deadline_;
  }

  void take_queue(std::unique_lock<std::mutex>& lock) {
    waiting_octets_ -= std::exchange(batch_octets_, 0);
    idle_ = true;
    wake_.wait(lock, [this] {
      return !queue_.empty() || lost_ != told_ || next_sink_ || stopping_;
    });
    idle_ = false;
    batch_.swap(queue_);
    batch_octets_ = waiting_octets_;
    if (lost_ == told_) return;
    const uint64_t untold = lost_ - std::exchange(told_, lost_);
    batch_.push_back(make_record(LogLevel::Warning, format_,
                                 std::to_string(untold) + " log lines lost"));
  }

  const LogOptions initial_;
  std::atomic<LogLevel> least_;
  std::atomic<LogFormat> format_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<LogRecord> queue_;
  size_t queue_octets_;        // what may wait
  size_t waiting_octets_ = 0;  // what does, the batch included
  uint64_t lost_ = 0;
  uint64_t told_ = 0;  // how many of them the log has owned up to
  bool idle_ = false;  // the writer sleeps until it is woken
  bool stopping_ = false;
  std::unique_ptr<LogSink> next_sink_;

  std::unique_ptr<LogSink> sink_;
  std::vector<LogRecord> batch_;
  size_t done_ = 0;  // records of the batch that are written
  size_t batch_octets_ = 0;
  bool stuck_ = false;
  std::optional<Clock::time_point> deadline_;

  std::thread writer_;  // last: it uses all the others
};

Log::Log(LogOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
Log::~Log() = default;

Status Log::open() {
  return reopen(impl_->initial());
}

Status Log::reopen(const LogOptions& options) {
  auto sink = open_log_sink(options);
  if (!sink) return std::move(sink).error();
  impl_->take_over(options, std::move(*sink));
  return Done{};
}

LogLevel Log::level() const {
  return impl_->level();
}

void Log::change_level(LogLevel least) {
  impl_->change_level(least);
}

bool Log::wants(LogLevel level) const {
  return impl_->wants(level);
}

LogFormat Log::format() const {
  return impl_->format();
}

void Log::say(LogLevel level, std::string_view text) {
  if (wants(level)) impl_->put(make_record(level, format(), text));
}

void Log::event(LogLevel level, const LogLine& line) {
  if (wants(level)) impl_->put(make_record(level, format(), line));
}

void Log::raw(LogLevel level, std::string_view ident, std::string_view text) {
  if (!wants(level)) return;
  LogRecord record = make_record(level);
  record.ident = ident;
  // The last line of defence: whatever was forgotten, a line stays a line.
  record.text = has_control(text) ? printable(text, kMaxLogValue) : text;
  impl_->put(std::move(record));
}

uint64_t Log::lost() const {
  return impl_->lost();
}

}  // namespace postern
