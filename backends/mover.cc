#include "backends/mover.h"

#include "proxy/base/log.h"
#include "proxy/net/loop.h"

namespace postern {

Mover::~Mover() {
  for (auto& [key, job] : jobs_)
    if (job->done) job->done(Error{Fault::TryLater, "shutting down"});
}

void Mover::move(Order order, Moved done) {
  if (ordered_ >= options_.most)
    return done(Error{Fault::TryLater, std::to_string(ordered_) +
                                           " moves are under way, no more are "
                                           "allowed at once"});
  const Key key(order.table->pool(), order.user);
  if (jobs_.contains(key))
    return done(Error{Fault::TryLater, "the user is being moved already"});
  const auto place = order.table->find(order.user, loop_.now(), 0);
  auto job = std::make_unique<Job>(loop_, std::move(order), std::move(done));
  Job& mine = *job;
  if (place) mine.from = place->backend;
  jobs_[key] = std::move(job);
  ++ordered_;
  log("user_moving", mine, {});
  mine.timer.start(options_.timeout_ms, [this, key] { give_up(key); });
  const std::string to = mine.order.to->state().name();
  Status begun =
      mine.order.table->begin_move(mine.order.user, to, "user moved to " + to);
  if (begun) return;
  const auto answer = std::move(mine.done);
  jobs_.erase(key);
  --ordered_;
  answer(std::move(begun));
}

void Mover::on_vacated(const std::shared_ptr<Affinity>& table,
                       const std::string& user, bool by_admin) {
  const Key key(table->pool(), user);
  if (!by_admin)
    jobs_[key] =
        std::make_unique<Job>(loop_, Order{table, user, nullptr}, nullptr);
  const auto found = jobs_.find(key);
  if (found == jobs_.end()) return;
  found->second->timer.start(options_.kick_delay_ms,
                             [this, key] { finish(key); });
}

void Mover::give_up(const Key& key) {
  const auto job = std::move(jobs_.extract(key).mapped());
  --ordered_;
  job->order.table->cancel_move(job->order.user, loop_.now());
  const std::string why = "its sessions did not end in time";
  log("user_not_moved", *job, why);
  job->done(Error{Fault::TryLater, why});
}

void Mover::finish(const Key& key) {
  const auto job = std::move(jobs_.extract(key).mapped());
  const Order& order = job->order;
  if (!order.to) return order.table->finish_move(order.user, nullptr, 0);
  --ordered_;
  order.table->pin(order.user, order.to->state().name());
  order.table->finish_move(order.user, order.to, loop_.now());
  log("user_moved", *job, {});
  job->done(Done{});
}

void Mover::log(const char* event, const Job& job,
                const std::string& reason) const {
  if (log_ == nullptr) return;
  LogLine line(event);
  line.add("pool", job.order.table->pool())
      .add("user", job.order.user)
      .add("from", job.from)
      .add("to", job.order.to->state().name());
  if (!reason.empty()) line.add("reason", reason);
  log_->event(LogLevel::Notice, line);
}

}  // namespace postern
