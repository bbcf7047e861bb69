#include "backends/director.h"

#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/log.h"

namespace postern {
namespace {

Error denied(std::string why) {
  return {Fault::Denied, std::move(why)};
}

std::string word_of(Drain drain) {
  static constexpr const char* kWords[] = {"no", "yes", "leave"};
  return kWords[static_cast<size_t>(drain)];
}

LogLine about(const char* event, const BackendState& backend) {
  LogLine line(event);
  line.add("pool", backend.pool()).add("backend", backend.name());
  return line;
}

}  // namespace

Director::Director(Log* log)
    : log_(log),
      memory_([this](const std::string& pool, const std::string& user,
                     bool by_admin) {
        carry_out([=, this] {
          mover_.on_vacated(memory_.affinity(pool), user, by_admin);
        });
      }),
      mover_(loop_, log, [this](StateRows rows, StateFile::Saved saved) {
        keep(std::move(rows), std::move(saved));
      }) {}

Director::~Director() {
  stop();
}

void Director::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

void Director::start(const std::string& state_file, Kick kick) {
  {
    const std::lock_guard lock(mutex_);
    kick_ = std::move(kick);
  }
  state_path_ = state_file;
  if (!state_path_.empty()) {
    recalled_ = false;
    recall_again();
    state_ = std::make_unique<StateFile>(state_path_, log_);
  }
  thread_ = std::thread([this] { loop_.run(); });
  warn_of_strangers();
}

void Director::adopt(DirectorOptions options, Pools pools) {
  carry_out([this, moves = options.moves] { mover_.set_options(moves); });
  memory_.set_move_wait_ms(options.moves.timeout_ms);
  memory_.set_disconnect_spread_ms(options.disconnect_spread_ms);
  {
    const std::lock_guard lock(mutex_);
    options_ = std::move(options);
    pools_ = std::move(pools);
  }
  if (!thread_.joinable()) return;
  recall_again();
  warn_of_strangers();
}

std::shared_ptr<Pool> Director::pool(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(name);
  return found == pools_.end() ? nullptr : found->second;
}

Pools Director::pools() const {
  const std::lock_guard lock(mutex_);
  return pools_;
}

DirectorOptions Director::options() const {
  const std::lock_guard lock(mutex_);
  return options_;
}

void Director::carry_out(std::function<void()> order) {
  loop_.post(std::move(order));
}

void Director::say(const LogLine& line) const {
  if (log_ != nullptr) log_->event(LogLevel::Notice, line);
}

// --- users -------------------------------------------------------------------

Result<Mover::Order> Director::order_to_move(const std::string& pool,
                                             const std::string& user,
                                             const std::string& backend) const {
  const auto where = this->pool(pool);
  if (!where) return denied("there is no pool " + printable(pool));
  if (!where->sticky())
    return denied("pool " + pool + " is not sticky: its users live nowhere");
  auto to = where->find(backend);
  if (!to)
    return denied("pool " + pool + " has no backend " + printable(backend));
  if (to->down()) return denied(backend + " is " + to->why_down());
  return Mover::Order{where->affinity(), where->key_of(user), std::move(to)};
}

void Director::move_user(const std::string& pool, const std::string& user,
                         const std::string& backend, Answer answer) {
  carry_out([=, this, answer = std::move(answer)] {
    auto order = order_to_move(pool, user, backend);
    if (!order) return answer(std::move(order).error());
    mover_.move(std::move(*order), answer);
  });
}

void Director::unpin_user(const std::string& pool, const std::string& user,
                          Answer answer) {
  carry_out([=, this, answer = std::move(answer)] {
    const auto where = this->pool(pool);
    if (!where || !where->sticky())
      return answer(denied("there is no sticky pool " + printable(pool)));
    const std::string key = where->key_of(user);
    const std::string pinned = where->affinity()->pinned_to(key);
    if (pinned.empty())
      return answer(denied("there is no override for " + printable(key)));
    where->affinity()->pin(key, {});
    say(LogLine("user_unpinned")
            .add("pool", pool)
            .add("user", key)
            .add("from", pinned));
    keep({{.table = StateRow::Table::Overrides,
           .pool = pool,
           .name = key,
           .gone = true}},
         [answer](const std::string& trouble) { answer(Receipt{trouble}); });
  });
}

void Director::list_moves(std::function<void(std::vector<MoveUnderWay>)> tell) {
  carry_out([this, tell = std::move(tell)] { tell(mover_.moves()); });
}

// --- backends ----------------------------------------------------------------

void Director::set_weight(const Machine& backend,
                          std::optional<uint32_t> weight, Answer answer) {
  carry_out([=, this, answer = std::move(answer)] {
    backend->set_weight(weight);
    say(about("backend_weight", *backend)
            .add("weight", weight ? std::to_string(*weight) : "as configured"));
    keep_backend(*backend, answer);
  });
}

void Director::drain(const Machine& backend, Drain drain, uint64_t spread_ms,
                     Answer answer) {
  carry_out([=, this, answer = std::move(answer)] {
    backend->set_drain(drain);
    say(about("backend_drain", *backend).add("drain", word_of(drain)));
    if (drain == Drain::Leave)
      kick({.pool = backend->pool(),
            .backend = backend->name(),
            .spread_ms = spread_ms,
            .why = "backend drained"});
    keep_backend(*backend, answer);
  });
}

void Director::take_down(const Machine& backend, bool down, uint64_t spread_ms,
                         Answer answer) {
  carry_out([=, this, answer = std::move(answer)] {
    backend->take_down(down);
    say(about(down ? "backend_taken_down" : "backend_put_up", *backend));
    if (down)
      kick({.pool = backend->pool(),
            .backend = backend->name(),
            .spread_ms = spread_ms,
            .why = "backend taken down"});
    keep_backend(*backend, answer);
  });
}

void Director::put_up(const Machine& backend, Answer answer) {
  carry_out([=, this, answer = std::move(answer)] {
    backend->set_drain(Drain::No);
    backend->take_down(false);
    say(about("backend_put_up", *backend));
    keep_backend(*backend, answer);
  });
}

// --- sessions ----------------------------------------------------------------

void Director::kick(const KickOrder& order) {
  Kick kick;
  {
    const std::lock_guard lock(mutex_);
    kick = kick_;
  }
  if (kick) kick(order);
}

void Director::backend_died(const Machine& backend) {
  const auto where = pool(backend->pool());
  if (!where || !where->failover()) return;
  kick({.pool = backend->pool(),
        .backend = backend->name(),
        .spread_ms = options().disconnect_spread_ms,
        .why = "backend is down: " + backend->health_reason()});
}

}  // namespace postern
