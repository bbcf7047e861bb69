#include "proxy/tls/session_store.h"

#include <ctime>
#include <utility>

namespace postern {
namespace {

// What a certificate was worth an hour ago is good enough; not what it was
// worth when a ticket of a week was given.
constexpr long kOldest = 3600;

bool fresh(SSL_SESSION* session) {
  const long age = static_cast<long>(time(nullptr)) -
                   static_cast<long>(SSL_SESSION_get_time(session));
  return age >= 0 && age < kOldest && SSL_SESSION_is_resumable(session) == 1 &&
         SSL_SESSION_get0_peer(session) != nullptr;
}

}  // namespace

SessionPtr SessionStore::take(const std::string& backend) {
  const std::lock_guard lock(mutex_);
  const auto found = by_backend_.find(backend);
  if (found == by_backend_.end()) return nullptr;
  std::vector<SessionPtr>& sessions = found->second->sessions;
  if (sessions.empty()) return nullptr;
  SessionPtr newest = std::move(sessions.back());
  sessions.pop_back();
  if (fresh(newest.get())) return newest;
  sessions.clear();  // the others are older still
  return nullptr;
}

void SessionStore::keep(const std::string& backend,
                        const SSL_SESSION* session) {
  SessionPtr copy(SSL_SESSION_dup(const_cast<SSL_SESSION*>(session)));
  if (!copy || !fresh(copy.get())) return;
  const std::lock_guard lock(mutex_);
  const auto [entry, fresh_shelf] =
      by_backend_.try_emplace(backend, shelves_.end());
  if (fresh_shelf)
    entry->second = shelves_.insert(shelves_.begin(), Shelf{backend, {}});
  else
    shelves_.splice(shelves_.begin(), shelves_, entry->second);
  std::vector<SessionPtr>& sessions = shelves_.front().sessions;
  if (sessions.size() >= kPerBackend) sessions.erase(sessions.begin());
  sessions.push_back(std::move(copy));
  if (shelves_.size() <= kBackends) return;
  by_backend_.erase(shelves_.back().backend);
  shelves_.pop_back();
}

void SessionStore::forget(const std::string& backend) {
  const std::lock_guard lock(mutex_);
  const auto found = by_backend_.find(backend);
  if (found != by_backend_.end()) found->second->sessions.clear();
}

}  // namespace postern
