// Lets a map wait without a reactor waiting: questions go to a few threads of
// the map's own.  They are not libuv's, so that a slow name resolution holds up
// no map and a slow map no name resolution.

#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "lookup/map.h"

namespace postern {

using Deadline = std::chrono::steady_clock::time_point;

// What a thread of the map holds, a connection for instance.  Used by that
// thread alone.
class BlockingLookup {
 public:
  BlockingLookup() = default;
  BlockingLookup(const BlockingLookup&) = delete;
  BlockingLookup& operator=(const BlockingLookup&) = delete;
  virtual ~BlockingLookup() = default;

  // May wait, but gives up (Fault::TryLater) at the deadline.
  virtual Map::Answer find(std::string_view key, Deadline deadline) = 0;
};

struct OffloadOptions {
  std::string name;
  int timeout_ms = 5000;
  size_t threads = 2;
  size_t queue = 1024;  // questions waiting for a thread; more is trouble
};

// The asker's loop watches the time: an answer that has not come after
// `timeout_ms` is "could not find out", even if the thread hangs in a disk that
// does not answer.  Lookups are told to give up a little earlier, because they
// know a better reason.
//
// Questions keep it alive, so nobody waits for an answer when it is destroyed:
// what may still be under way then is past its deadline, and is waited for.
class Offloaded final : public Map,
                        public std::enable_shared_from_this<Offloaded> {
 public:
  using Make = std::function<std::unique_ptr<BlockingLookup>()>;

  // Fault::Config if there are no threads to be had.
  static Result<std::shared_ptr<Map>> start(const OffloadOptions& options,
                                            const Make& make);
  explicit Offloaded(OffloadOptions options) : options_(std::move(options)) {}
  ~Offloaded() override;
  Offloaded(const Offloaded&) = delete;
  Offloaded& operator=(const Offloaded&) = delete;

  std::string name() const override { return options_.name; }
  bool slow() const override { return true; }

 private:
  struct Job;
  class Waiting;

  void ask(Loop& loop, std::string_view key, Done done) override;
  bool enqueue(const std::shared_ptr<Job>& job);
  std::shared_ptr<Job> next_job();  // waits; null when closing
  void work(BlockingLookup& lookup);

  const OffloadOptions options_;
  std::mutex mutex_;  // guards closing_ and queue_
  std::condition_variable ready_;
  bool closing_ = false;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace postern
