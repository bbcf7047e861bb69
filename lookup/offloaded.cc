#include "lookup/offloaded.h"

#include <system_error>

#include "proxy/net/loop.h"
#include "proxy/net/timer.h"

namespace postern {

// What the threads know of a question.
struct Offloaded::Job {
  std::string key;
  Deadline deadline;
  std::weak_ptr<Waiting> waiting;  // for tasks on the loop only

  std::mutex mutex;
  Loop* loop = nullptr;  // null once answered: then the loop may be gone

  bool answered() {
    const std::lock_guard lock(mutex);
    return loop == nullptr;
  }
};

// The asker's side of a question.  Lives on its loop, owned by its timer, so
// that a loop that is being closed still runs until the question is answered.
class Offloaded::Waiting : public std::enable_shared_from_this<Waiting> {
 public:
  Waiting(std::shared_ptr<Offloaded> map, Loop& loop, std::string_view key,
          Done done)
      : map_(std::move(map)),
        job_(std::make_shared<Job>()),
        timer_(loop),
        done_(std::move(done)) {
    job_->key = key;
    job_->loop = &loop;
  }

  void start() {
    const int limit = map_->options_.timeout_ms;
    job_->waiting = weak_from_this();
    job_->deadline =
        Deadline::clock::now() + std::chrono::milliseconds(limit - limit / 10);
    if (!map_->enqueue(job_))
      return finish(Error{Fault::TryLater, "too many questions are waiting"});
    timer_.start(static_cast<uint64_t>(limit), [self = shared_from_this(),
                                                limit] {
      self->finish(Error{Fault::TryLater,
                         "no answer within " + std::to_string(limit) + " ms"});
    });
  }

  void finish(Answer answer) {
    const auto self = shared_from_this();
    {
      const std::lock_guard lock(job_->mutex);
      job_->loop = nullptr;
    }
    timer_.stop();
    if (const auto done = std::exchange(done_, nullptr))
      done(std::move(answer));
  }

 private:
  const std::shared_ptr<Offloaded> map_;
  const std::shared_ptr<Job> job_;
  Timer timer_;
  Done done_;
};

Result<std::shared_ptr<Map>> Offloaded::start(const OffloadOptions& options,
                                              const Make& make) {
  auto map = std::make_shared<Offloaded>(options);
  try {
    for (size_t i = 0; i < options.threads; ++i)
      map->threads_.emplace_back(
          [map = map.get(), lookup = std::shared_ptr(make())] {
            map->work(*lookup);
          });
  } catch (const std::system_error& error) {
    return Error{Fault::Config, error.what()}.in(options.name);
  }
  return {std::move(map)};
}

Offloaded::~Offloaded() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

void Offloaded::ask(Loop& loop, std::string_view key, Done done) {
  std::make_shared<Waiting>(shared_from_this(), loop, key, std::move(done))
      ->start();
}

bool Offloaded::enqueue(const std::shared_ptr<Job>& job) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.queue) return false;
    queue_.push_back(job);
  }
  ready_.notify_one();
  return true;
}

std::shared_ptr<Offloaded::Job> Offloaded::next_job() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  if (closing_) return nullptr;
  auto job = std::move(queue_.front());
  queue_.pop_front();
  return job;
}

void Offloaded::work(BlockingLookup& lookup) {
  while (const auto job = next_job()) {
    if (job->answered()) continue;  // too late while it waited
    auto answer = lookup.find(job->key, job->deadline);
    // The lock keeps the loop from closing between the look and the post.
    const std::lock_guard lock(job->mutex);
    if (job->loop == nullptr) continue;
    job->loop->post([waiting = job->waiting, answer = std::move(answer)] {
      if (const auto asker = waiting.lock()) asker->finish(answer);
    });
  }
}

}  // namespace postern
