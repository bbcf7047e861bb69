#include "lookup/cache.h"

#include <chrono>

namespace postern {

Cache::Cache(std::shared_ptr<Map> map, const CacheOptions& options, Clock clock)
    : map_(std::move(map)), options_(options), clock_(std::move(clock)) {}

uint64_t Cache::steady_clock() {
  using std::chrono::milliseconds;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<milliseconds>(now).count());
}

size_t Cache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void Cache::find(Loop& loop, std::string_view key, Done done) {
  std::optional<Route> route;
  const Source source = recall(key, route);
  if (source == Source::Map)
    return ask(loop, std::string(key), std::move(done));
  if (source == Source::Stale) ask(loop, std::string(key), nullptr);
  done(std::move(route), source);
}

Cache::Source Cache::recall(std::string_view key, std::optional<Route>& route) {
  const std::lock_guard lock(mutex_);
  const Entry* entry = touch(key);
  if (entry == nullptr) return Source::Map;
  const Source source = fresh(*entry)                ? Source::Fresh
                        : trouble_ && usable(*entry) ? Source::Stale
                                                     : Source::Map;
  if (source != Source::Map) route = entry->route;
  return source;
}

void Cache::ask(Loop& loop, const std::string& key, Done done) {
  {
    const std::lock_guard lock(mutex_);
    const auto [asked, first] = asked_.try_emplace({&loop, key});
    if (done) asked->second.push_back(std::move(done));
    if (!first) return;
  }
  map_->find(loop, key,
             [self = shared_from_this(), &loop, key](Map::Answer answer) {
               self->on_answer(loop, key, std::move(answer));
             });
}

void Cache::on_answer(Loop& loop, const std::string& key, Map::Answer answer) {
  Source source = Source::Map;
  std::vector<Done> askers;
  {
    const std::lock_guard lock(mutex_);
    trouble_ = !answer && answer.error().fault == Fault::TryLater;
    if (answer) learn(key, *answer);
    if (const Entry* old = trouble_ ? touch(key) : nullptr;
        old != nullptr && usable(*old)) {
      answer = old->route;
      source = Source::Stale;
    }
    askers = std::move(asked_.extract({&loop, key}).mapped());
  }
  for (const Done& done : askers)
    done(answer, source);
}

// The entry of `key`, now the one used last; null if there is none.
const Cache::Entry* Cache::touch(std::string_view key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front();
}

bool Cache::fresh(const Entry& entry) const {
  const int limit = entry.route ? options_.positive_ms : options_.negative_ms;
  return clock_() - entry.learnt < static_cast<uint64_t>(limit);
}

bool Cache::usable(const Entry& entry) const {
  const auto limit = static_cast<uint64_t>(options_.positive_ms) +
                     static_cast<uint64_t>(options_.stale_ms);
  return entry.route && clock_() - entry.learnt < limit;
}

void Cache::learn(const std::string& key, const std::optional<Route>& route) {
  if (touch(key) == nullptr) {
    entries_.push_front({key, {}, 0});
    index_.emplace(entries_.front().key, entries_.begin());
  }
  entries_.front().route = route;
  entries_.front().learnt = clock_();
  if (entries_.size() <= options_.max_entries) return;
  index_.erase(entries_.back().key);
  entries_.pop_back();
}

}  // namespace postern
