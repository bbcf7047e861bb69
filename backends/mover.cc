#include "backends/mover.h"

#include <cassert>

#include "proxy/base/log.h"
#include "proxy/net/loop.h"

namespace postern {
namespace {

using Table = StateRow::Table;

StateRow move_is_over(const std::string& pool, const std::string& user) {
  return {.table = Table::Moves, .pool = pool, .name = user, .gone = true};
}

std::string name_of(const std::shared_ptr<Backend>& backend) {
  return backend ? backend->state().name() : std::string();
}

}  // namespace

// Nobody is told: those who wait for answers may be gone already.
Mover::~Mover() = default;

Mover::Job* Mover::find(const Key& key) {
  const auto found = jobs_.find(key);
  return found == jobs_.end() ? nullptr : found->second.get();
}

std::unique_ptr<Mover::Job> Mover::take(const Key& key) {
  return std::move(jobs_.extract(key).mapped());
}

Status Mover::admit(const Key& key) const {
  if (jobs_.contains(key))
    return Error{Fault::TryLater, "the user is being moved already"};
  if (jobs_.size() >= options_.most)
    return Error{Fault::TryLater,
                 std::to_string(jobs_.size()) +
                     " moves are under way, max_user_moves allows no more"};
  return Done{};
}

void Mover::move(Order order, Moved moved) {
  const Key key(order.table->pool(), order.user);
  if (Status fine = admit(key); !fine) return moved(std::move(fine).error());
  const auto place = order.table->find(order.user, loop_.now(), 0);
  auto job = std::make_unique<Job>(loop_, std::move(order), std::move(moved));
  if (place) job->from = place->backend;
  job->since = loop_.now();
  const bool there =
      place && !place->moving && place->backend == name_of(job->order.to);
  StateRow row{.table = Table::Moves, .pool = key.first, .name = key.second};
  row.from = job->from;
  row.to = name_of(job->order.to);
  log("user_moving", *job, {});
  jobs_[key] = std::move(job);
  if (there) return save(key);
  keep_({std::move(row)}, [this, key](const std::string&) { begin(key); });
}

std::vector<MoveUnderWay> Mover::moves() const {
  std::vector<MoveUnderWay> all;
  const uint64_t now = loop_.now();
  for (const auto& [key, job] : jobs_)
    all.push_back({.pool = key.first,
                   .user = key.second,
                   .from = job->from,
                   .to = name_of(job->order.to),
                   .step = job->step,
                   .for_ms = now - job->since});
  return all;
}

void Mover::begin(const Key& key) {
  Job* const job = find(key);
  if (job == nullptr) return;
  job->timer.start(options_.timeout_ms, [this, key] {
    fail(key, {Fault::TryLater, "the user's sessions did not end in time"});
  });
  job->leaving = true;
  job->step = "sessions leave";
  const std::string to = name_of(job->order.to);
  const Status begun =
      job->order.table->begin_move(key.second, to, "user moved to " + to);
  assert(begun && "only this moves users by order, one move at a time");
}

void Mover::on_vacated(const std::shared_ptr<Affinity>& table,
                       const std::string& user, bool by_admin) {
  const Key key(table->pool(), user);
  if (!by_admin) return delay(table, key);
  Job* const job = find(key);
  if (job == nullptr || !std::exchange(job->leaving, false)) return;
  job->step = "user_kick_delay";
  job->timer.start(options_.kick_delay_ms, [this, key] { run_script(key); });
}

void Mover::delay(const std::shared_ptr<Affinity>& table, const Key& key) {
  auto& timer = delays_[key];
  timer = std::make_unique<Timer>(loop_);
  timer->start(options_.kick_delay_ms, [this, table, key] {
    const auto done = std::move(delays_.extract(key).mapped());
    table->finish_move(key.second, nullptr, loop_.now());
  });
}

void Mover::run_script(const Key& key) {
  Job* const job = find(key);
  if (options_.script.empty()) return save(key);
  auto script = Process::start(
      loop_, {options_.script, key.second, job->from, name_of(job->order.to)},
      options_.script_ms,
      [this, key](const Status& ended) { on_script(key, ended); });
  if (!script) return on_script(key, script.error());
  job->step = "user_move_script";
  job->script = std::move(*script);
}

// What could not be flushed on the old backend is no reason to leave the user
// without mail: the sessions are gone, and the delay has passed.
void Mover::on_script(const Key& key, const Status& ended) {
  Job* const job = find(key);
  if (!ended)
    log("user_move_script_failed", *job,
        options_.script + " " + ended.error().text);
  save(key);
}

void Mover::save(const Key& key) {
  Job* const job = find(key);
  job->step = "is saved";
  StateRow lives{
      .table = Table::Overrides, .pool = key.first, .name = key.second};
  lives.to = name_of(job->order.to);
  keep_({std::move(lives), move_is_over(key.first, key.second)},
        [this, key](const std::string& trouble) { finish(key, trouble); });
}

void Mover::finish(const Key& key, const std::string& trouble) {
  const auto job = take(key);
  const Order& order = job->order;
  order.table->pin(order.user, name_of(order.to));
  order.table->finish_move(order.user, order.to, loop_.now());
  log("user_moved", *job, trouble.empty() ? "" : "not saved: " + trouble);
  job->moved(Receipt{trouble});
}

void Mover::fail(const Key& key, Error why) {
  const auto job = take(key);
  job->order.table->cancel_move(key.second, loop_.now());
  keep_({move_is_over(key.first, key.second)}, nullptr);
  log("user_not_moved", *job, why.text);
  job->moved(std::move(why));
}

void Mover::log(const char* event, const Job& job,
                const std::string& reason) const {
  if (log_ == nullptr) return;
  LogLine line(event);
  line.add("pool", job.order.table->pool())
      .add("user", job.order.user)
      .add("from", job.from)
      .add("to", name_of(job.order.to));
  if (!reason.empty()) line.add("reason", reason);
  log_->event(LogLevel::Notice, line);
}

}  // namespace postern
