#include "backends/roster.h"

#include <algorithm>

namespace postern {
namespace {

bool forgotten(const std::shared_ptr<BackendState>& state) {
  return state.use_count() == 1 && !state->administered();
}

}  // namespace

std::shared_ptr<BackendState> Roster::state_of(std::string_view pool,
                                               const Endpoint& where) {
  const std::lock_guard lock(mutex_);
  Key key(pool, where.text());
  const auto found = states_.find(key);
  if (found != states_.end()) return found->second;
  if (states_.size() >= sweep_at_) sweep();
  auto state = std::make_shared<BackendState>(where, key.first);
  states_.emplace(std::move(key), state);
  return state;
}

// Maps and clients may name any number of hosts: those nobody uses go, each
// time their number has doubled.
void Roster::sweep() {
  std::erase_if(states_,
                [](const auto& each) { return forgotten(each.second); });
  sweep_at_ = std::max<size_t>(64, 2 * states_.size());
}

std::vector<std::shared_ptr<BackendState>> Roster::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<BackendState>> all;
  for (const auto& [key, state] : states_)
    if (!forgotten(state)) all.push_back(state);
  return all;
}

}  // namespace postern
