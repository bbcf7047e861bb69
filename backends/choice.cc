#include "backends/choice.h"

#include <algorithm>
#include <vector>

namespace postern {
namespace {

using Backends = std::vector<std::shared_ptr<Backend>>;

constexpr const char* kFull = "full (max_connections)";

std::string at(const Backend& backend, const std::string& what) {
  return backend.state().name() + " is " + what;
}

}  // namespace

bool Choice::has_tried(const Backend& backend) const {
  return std::ranges::any_of(
      tried_, [&](const auto& each) { return each->same(backend); });
}

bool Choice::usable(const Backend& backend) const {
  return backend.takes_new_users() && !backend.down() && !backend.full() &&
         !has_tried(backend);
}

std::shared_ptr<Backend> Choice::find(const std::string& name) {
  const auto found = std::ranges::find_if(rules_.all, [&](const auto& each) {
    return each->state().name() == name;
  });
  return found == rules_.all.end() ? nullptr : *found;
}

std::shared_ptr<Backend> Choice::find(const Backend& machine) {
  const auto found = std::ranges::find_if(
      rules_.backends, [&](const auto& each) { return each->same(machine); });
  return found == rules_.backends.end() ? nullptr : *found;
}

// A machine that is configured no more serves users who are there until they
// leave: a reload disconnects nobody, and opens no mailbox twice.
Affinity::Chooser::Judged Choice::judge(const Backend& home, bool occupied) {
  const bool ours = find(home) != nullptr;
  const Stand elsewhere = rules_.failover || !ours ? Stand::Go : Stand::Refuse;
  if (has_tried(home)) return {elsewhere, at(home, "not to be reached")};
  if (home.down()) return {elsewhere, at(home, home.why_down())};
  if (!ours && !occupied)
    return {Stand::Go, at(home, "not for this user any more")};
  if (home.state().drain() == Drain::Leave)
    return {Stand::Go, at(home, "drained")};
  // It will have room again, and moving the user would not make any.
  if (home.full()) return {Stand::Refuse, at(home, kFull)};
  return {Stand::Stay, {}};
}

Pick Choice::choose() {
  if (!rules_.failover && !tried_.empty())
    return {.why = at(*tried_.back(), "not to be reached")};
  // Who may not be served elsewhere has one home, whether it is up or not.
  const bool one_home = !rules_.failover && rules_.policy.by_name();
  const auto may_serve = [&](const auto& each) {
    return one_home ? each->takes_new_users() : usable(*each);
  };
  const auto ready = [&](const auto& each) {
    return may_serve(each) && (one_home || !each->resting(now_));
  };
  // By far the most frequent case needs no list of its own.
  if (std::ranges::all_of(rules_.backends, ready))
    return ask_policy(rules_.backends);
  Backends some;
  std::ranges::copy_if(rules_.backends, std::back_inserter(some), ready);
  // A resting backend is better than no mail.
  if (some.empty())
    std::ranges::copy_if(rules_.backends, std::back_inserter(some), may_serve);
  if (some.empty()) return {.why = "no backend is up"};
  return ask_policy(some);
}

Pick Choice::ask_policy(Candidates candidates) const {
  auto chosen = candidates[rules_.policy.pick(candidates, {key_, now_})];
  if (!rules_.failover && chosen->down())
    return {.why = at(*chosen, chosen->why_down())};
  if (!rules_.failover && chosen->full()) return {.why = at(*chosen, kFull)};
  return {.backend = std::move(chosen)};
}

}  // namespace postern
