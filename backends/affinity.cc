#include "backends/affinity.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "backends/stay.h"

namespace postern {

// A user on the way from one backend to another.
struct UserMove {
  bool by_admin = false;
  std::string to;  // if by_admin
  std::string why;
  size_t cut_off = 0;  // sessions that had to leave
  bool vacated = false;
  std::vector<Stay*> waiters;
};

struct UserEntry {
  const std::string* user = nullptr;  // the key of the map
  std::shared_ptr<Backend> backend;
  std::vector<Stay*> holders;
  size_t sessions = 0;      // holders whose login was confirmed
  std::string elsewhere;    // where the backend has sent them; empty: nowhere
  bool remembered = false;  // without holders too, until `since` is long ago
  uint64_t since = 0;       // when the last session left
  std::optional<UserMove> move;
  // Among those to be forgotten, if linked.
  bool linked = false;
  UserEntry* older = nullptr;
  UserEntry* newer = nullptr;
};

// Holds the lock, and makes the calls that must not be made under it.
class Affinity::Turn {
 public:
  explicit Turn(Affinity& table) : table_(table), lock_(table.mutex_) {}
  ~Turn() {
    lock_.unlock();
    for (const auto& [user, by_admin] : vacated_)
      table_.vacated_(user, by_admin);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  void vacated(const Entry& entry) {
    vacated_.emplace_back(*entry.user, entry.move->by_admin);
  }

 private:
  Affinity& table_;
  std::unique_lock<std::mutex> lock_;
  std::vector<std::pair<std::string, bool>> vacated_;
};

const char* words(Pick::By by) {
  static constexpr const char* kWords[] = {"policy", "affinity", "override",
                                           "failover"};
  return kWords[static_cast<size_t>(by)];
}

Affinity::Affinity(std::string pool, Vacated vacated)
    : pool_(std::move(pool)), vacated_(std::move(vacated)) {}

Affinity::~Affinity() = default;

// --- choosing ----------------------------------------------------------------

Pick Affinity::pick(std::string_view user, const std::shared_ptr<Stay>& stay,
                    uint64_t now, const Limits& limits, Chooser& chooser) {
  assert(!stay->table_ || stay->table_.get() == this);
  Turn turn(*this);
  expire(now, limits);
  detach(*stay, now, turn);
  stay->table_ = shared_from_this();
  Entry& entry = entry_of(user);
  Pick pick = decide(&entry, user, chooser);
  if (pick.wait) {
    if (!entry.move) start_move(entry, {.why = pick.why});
    entry.move->waiters.push_back(stay.get());
    stay->entry_ = &entry;
    stay->waiting_ = true;
  } else if (pick.backend) {
    if (!entry.backend || !entry.backend->same(*pick.backend)) {
      unlink(entry);
      entry.remembered = false;
    }
    entry.backend = pick.backend;
    entry.holders.push_back(stay.get());
    stay->entry_ = &entry;
  } else {
    drop_if_unused(entry);
  }
  return pick;
}

Pick Affinity::peek(std::string_view user, uint64_t now, const Limits& limits,
                    Chooser& chooser) {
  const Turn turn(*this);
  expire(now, limits);
  return decide(known(user), user, chooser);
}

Pick Affinity::decide(const Entry* entry, std::string_view user,
                      Chooser& chooser) {
  if (entry != nullptr && entry->move)
    return {.wait = true, .why = entry->move->why};
  if (entry == nullptr || !entry->backend) return decide_anew(user, chooser);
  const std::string home = entry->backend->state().name();
  const bool occupied = !entry->holders.empty();
  auto judged = chooser.judge(*entry->backend, occupied);
  if (judged.stand == Chooser::Stand::Stay) {
    auto here = chooser.find(*entry->backend);
    return {.backend = here ? here : entry->backend, .by = Pick::By::Affinity};
  }
  if (judged.stand == Chooser::Stand::Refuse)
    return {.why = std::move(judged.why)};
  Pick pick = decide_anew(user, chooser);
  if (!pick.backend) return pick;
  pick.by = Pick::By::Failover;
  pick.why = std::move(judged.why);
  pick.from = home;
  // Never there and here at once: first all must have left.
  if (occupied) {
    pick.backend = nullptr;
    pick.wait = true;
  }
  return pick;
}

Pick Affinity::decide_anew(std::string_view user, Chooser& chooser) {
  const auto pin = pins_.find(user);
  if (pin == pins_.end()) return chooser.choose();
  auto pinned = chooser.find(pin->second);
  if (!pinned) return chooser.choose();  // it is configured no more
  auto judged = chooser.judge(*pinned, false);
  if (judged.stand == Chooser::Stand::Stay)
    return {.backend = std::move(pinned), .by = Pick::By::Override};
  if (judged.stand == Chooser::Stand::Refuse)
    return {.why = std::move(judged.why)};
  Pick pick = chooser.choose();
  if (!pick.backend) return pick;
  pick.by = Pick::By::Failover;
  pick.why = std::move(judged.why);
  pick.from = pin->second;
  return pick;
}

// --- coming and going --------------------------------------------------------

Affinity::Entry& Affinity::entry_of(std::string_view user) {
  const auto found = entries_.find(user);
  if (found != entries_.end()) return *found->second;
  const auto [made, fresh] =
      entries_.emplace(std::string(user), std::make_unique<Entry>());
  made->second->user = &made->first;
  return *made->second;
}

Affinity::Entry* Affinity::known(std::string_view user) const {
  const auto found = entries_.find(user);
  return found == entries_.end() ? nullptr : found->second.get();
}

void Affinity::detach(Stay& stay, uint64_t now, Turn& turn) {
  Entry* const entry = std::exchange(stay.entry_, nullptr);
  if (entry == nullptr) return;
  const bool session = std::exchange(stay.confirmed_, false);
  if (std::exchange(stay.waiting_, false)) {
    std::erase(entry->move->waiters, &stay);
    return;
  }
  std::erase(entry->holders, &stay);
  if (session && --entry->sessions == 0 && !entry->move) remember(*entry, now);
  if (!entry->holders.empty()) return;
  if (entry->move) return on_empty(*entry, turn);
  drop_if_unused(*entry);
}

void Affinity::leave(Stay& stay, uint64_t now) {
  Turn turn(*this);
  detach(stay, now, turn);
}

// All sessions of a user are in one place, be it another than the backend's.
bool Affinity::fits(const Stay& stay, std::string_view elsewhere) {
  const Entry* const entry = stay.entry_;
  if (entry == nullptr || stay.waiting_ || entry->move) return false;
  return entry->sessions == 0 || entry->elsewhere == elsewhere;
}

bool Affinity::may_go_to(const Stay& stay, std::string_view elsewhere) const {
  const std::lock_guard lock(mutex_);
  return fits(stay, elsewhere);
}

bool Affinity::confirm(Stay& stay, std::string_view elsewhere) {
  const std::lock_guard lock(mutex_);
  if (!fits(stay, elsewhere)) return false;
  count_session(stay, elsewhere);
  return true;
}

void Affinity::suspect(Stay& stay, std::string_view elsewhere) {
  const std::lock_guard lock(mutex_);
  if (stay.entry_ == nullptr || stay.waiting_ || stay.confirmed_) return;
  if (stay.entry_->move)
    ++stay.entry_->move->cut_off;
  else
    count_session(stay, elsewhere);
}

void Affinity::count_session(Stay& stay, std::string_view elsewhere) {
  unlink(*stay.entry_);
  if (stay.entry_->sessions == 0) stay.entry_->elsewhere = elsewhere;
  stay.entry_->remembered = true;
  ++stay.entry_->sessions;
  stay.confirmed_ = true;
}

void Affinity::remember(Entry& entry, uint64_t now) {
  unlink(entry);
  entry.remembered = true;
  entry.since = now;
  entry.linked = true;
  entry.older = newest_;
  entry.newer = nullptr;
  (newest_ != nullptr ? newest_->newer : oldest_) = &entry;
  newest_ = &entry;
  ++remembered_;
}

void Affinity::unlink(Entry& entry) {
  if (!std::exchange(entry.linked, false)) return;
  (entry.older != nullptr ? entry.older->newer : oldest_) = entry.newer;
  (entry.newer != nullptr ? entry.newer->older : newest_) = entry.older;
  --remembered_;
}

void Affinity::drop_if_unused(Entry& entry) {
  if (!entry.holders.empty() || entry.remembered || entry.move) return;
  unlink(entry);
  entries_.erase(entries_.find(*entry.user));
}

// The list is in order: no more than what goes is looked at.
void Affinity::expire(uint64_t now, const Limits& limits) {
  while (oldest_ != nullptr && (now >= oldest_->since + limits.expire_ms ||
                                remembered_ > limits.remembered)) {
    Entry& entry = *oldest_;
    unlink(entry);
    entry.remembered = false;
    drop_if_unused(entry);
  }
}

// --- moving ------------------------------------------------------------------

void Affinity::start_move(Entry& entry, UserMove move) {
  unlink(entry);
  move.cut_off = entry.sessions;
  for (Stay* each : entry.holders)
    each->tell_must_leave(move.why);
  entry.move = std::move(move);
}

void Affinity::on_empty(Entry& entry, Turn& turn) {
  const bool at_once = !entry.move->by_admin && entry.move->cut_off == 0;
  entry.move->vacated = true;
  if (vacated_ && !at_once) return turn.vacated(entry);
  entry.backend = nullptr;
  entry.remembered = false;
  end_move(entry);
}

void Affinity::end_move(Entry& entry) {
  const UserMove move = *std::exchange(entry.move, std::nullopt);
  for (Stay* each : move.waiters) {
    each->entry_ = nullptr;
    each->waiting_ = false;
    each->tell_may_go_on();
  }
  drop_if_unused(entry);
}

Status Affinity::begin_move(std::string_view user, const std::string& to,
                            const std::string& why) {
  Turn turn(*this);
  Entry& entry = entry_of(user);
  if (entry.move && entry.move->by_admin)
    return Error{Fault::TryLater, "the user is being moved already"};
  if (!entry.move) start_move(entry, {.why = why});
  // One that leaves a dead backend goes where the administrator says.
  entry.move->by_admin = true;
  entry.move->to = to;
  if (entry.holders.empty()) on_empty(entry, turn);
  return Done{};
}

void Affinity::finish_move(std::string_view user, std::shared_ptr<Backend> to,
                           uint64_t now) {
  const Turn turn(*this);
  Entry* const entry = known(user);
  if (entry == nullptr || !entry->move || !entry->move->vacated) return;
  if (entry->move->by_admin != (to != nullptr)) return;
  entry->backend = std::move(to);
  entry->remembered = false;
  if (entry->backend) remember(*entry, now);
  end_move(*entry);
}

void Affinity::cancel_move(std::string_view user, uint64_t now) {
  const Turn turn(*this);
  Entry* const entry = known(user);
  if (entry == nullptr || !entry->move) return;
  if (entry->remembered && entry->sessions == 0) remember(*entry, now);
  end_move(*entry);
}

void Affinity::forget(std::string_view user) {
  const Turn turn(*this);
  Entry* const entry = known(user);
  if (entry == nullptr || entry->move) return;
  unlink(*entry);
  entry->remembered = false;
  drop_if_unused(*entry);
}

// --- overrides ---------------------------------------------------------------

void Affinity::pin(std::string_view user, std::string backend) {
  const std::lock_guard lock(mutex_);
  if (!backend.empty())
    pins_.insert_or_assign(std::string(user), std::move(backend));
  else if (const auto found = pins_.find(user); found != pins_.end())
    pins_.erase(found);
}

std::string Affinity::pinned_to(std::string_view user) const {
  const std::lock_guard lock(mutex_);
  const auto found = pins_.find(user);
  return found == pins_.end() ? std::string() : found->second;
}

// --- looking at it -----------------------------------------------------------

std::optional<UserPlace> Affinity::find(std::string_view user, uint64_t now,
                                        uint64_t expire_ms) const {
  const std::lock_guard lock(mutex_);
  const Entry* const entry = known(user);
  const auto pin = pins_.find(user);
  if (entry == nullptr && pin == pins_.end()) return std::nullopt;
  UserPlace place;
  place.user = user;
  if (pin != pins_.end()) place.pinned_to = pin->second;
  if (entry == nullptr) return place;
  if (entry->backend) place.backend = entry->backend->state().name();
  place.sessions = entry->sessions;
  place.logging_in = entry->holders.size() - entry->sessions;
  if (entry->move) {
    place.moving = true;
    place.move_to = entry->move->to;
    place.waiting = entry->move->waiters.size();
  }
  if (entry->linked)
    place.expires_in_ms = std::max(now, entry->since + expire_ms) - now;
  return place;
}

size_t Affinity::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::map<std::string, std::string> Affinity::pins() const {
  const std::lock_guard lock(mutex_);
  return {pins_.begin(), pins_.end()};
}

}  // namespace postern
