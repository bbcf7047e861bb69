// What the Director remembers beyond the process: reading the state file, and
// waiting for what is written to it.

#include <utility>

#include "backends/director.h"
#include "proxy/base/ascii.h"
#include "proxy/base/log.h"

namespace postern {
namespace {

// For an answer of the disk.  The order is in force anyway.
constexpr uint64_t kPatienceMs = 5000;

// Machines are configured with weights up to this one.
constexpr uint32_t kMaxWeight = 1000;

}  // namespace

// --- writing -----------------------------------------------------------------

void Director::keep(StateRows rows, StateFile::Saved saved) {
  if (!state_) {
    if (saved) saved("there is no state_file");
    return;
  }
  const uint64_t number = kept_++;
  auto keeping = std::make_unique<Keeping>(loop_, std::move(saved));
  keeping->timer.start(kPatienceMs, [this, number] {
    on_kept(number, "state_file " + state_path_ + " does not answer");
  });
  keeping_[number] = std::move(keeping);
  state_->save(std::move(rows), [this, number](const std::string& trouble) {
    loop_.post([this, number, trouble] { on_kept(number, trouble); });
  });
}

void Director::on_kept(uint64_t number, const std::string& trouble) {
  const auto found = keeping_.find(number);
  if (found == keeping_.end()) return;  // told already
  const auto keeping = std::move(found->second);
  keeping_.erase(found);
  if (keeping->tell) keeping->tell(trouble);
}

void Director::keep_backend(const BackendState& backend, Answer answer) {
  StateRow row{.table = StateRow::Table::Backends,
               .pool = backend.pool(),
               .name = backend.name(),
               .gone = !backend.administered()};
  row.weight = backend.weight();
  row.drain = backend.drain();
  row.down = backend.taken_down();
  keep({std::move(row)},
       [answer = std::move(answer)](const std::string& trouble) {
         answer(Receipt{trouble});
       });
}

// --- reading -----------------------------------------------------------------

Status Director::recall(const std::string& state_file) {
  auto rows = load_state(state_file);
  if (!rows) return std::move(rows).error();
  for (const StateRow& row : *rows)
    bring_into_force(row);
  return Done{};
}

void Director::bring_into_force(const StateRow& row) {
  using Table = StateRow::Table;
  if (row.table == Table::Moves) {
    interrupted_.push_back(row);
    return;
  }
  if (row.table == Table::Overrides)
    return memory_.affinity(row.pool)->pin(row.name, row.to);
  const auto where = Endpoint::parse(row.name);
  if (!where || row.weight.value_or(0) > kMaxWeight) {
    if (log_ != nullptr)
      log_->say(LogLevel::Warning, "state_file: the row of backend \"" +
                                       printable(row.name) +
                                       "\" makes no sense, it is passed over");
    return;
  }
  const Machine backend = roster().state_of(row.pool, *where);
  backend->set_weight(row.weight);
  backend->set_drain(row.drain);
  backend->take_down(row.down);
}

// At start, and at each reload until it has worked once: an administrator may
// have put the file right.
void Director::recall_again() {
  if (recalled_) return;
  const Status read = recall(state_path_);
  recalled_ = static_cast<bool>(read);
  recall_trouble_ =
      read ? "" : read.error().text + "; the configuration alone rules";
  if (!read && log_ != nullptr) log_->say(LogLevel::Error, recall_trouble_);
  // A move that was not finished did not happen: the user is where they were.
  for (StateRow& row : interrupted_) {
    if (log_ != nullptr)
      log_->event(LogLevel::Warning, LogLine("user_not_moved")
                                         .add("pool", row.pool)
                                         .add("user", row.name)
                                         .add("from", row.from)
                                         .add("to", row.to)
                                         .add("reason", "postern ended"));
    row.gone = true;
  }
  if (interrupted_.empty()) return;
  carry_out(
      [this, rows = std::exchange(interrupted_, {})] { keep(rows, nullptr); });
}

// What was not read is worse than what is not written.
std::string Director::state_trouble() const {
  if (!recall_trouble_.empty()) return recall_trouble_;
  return state_ ? state_->trouble() : std::string();
}

// Overrides that say nothing, because their pool has no such backend (any
// more).
void Director::warn_of_strangers() const {
  for (const auto& [name, pool] : pools()) {
    if (!pool->sticky()) continue;
    size_t strangers = 0;
    for (const auto& [user, backend] : pool->affinity()->pins())
      if (!pool->find(backend)) ++strangers;
    if (strangers != 0 && log_ != nullptr)
      log_->say(LogLevel::Warning,
                "pool " + printable(name) + ": " + std::to_string(strangers) +
                    " overrides name backends it does not have; they are "
                    "passed over");
  }
}

}  // namespace postern
