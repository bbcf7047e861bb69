#include "backends/health/watch.h"

#include <algorithm>
#include <utility>

namespace postern {
namespace {

CheckRules rules_of(const CheckOptions& options) {
  return {.rise = options.rise, .fall = options.fall};
}

}  // namespace

Watch::Watch(Loop& loop, CheckTarget target, Changed changed)
    : loop_(loop),
      target_(std::move(target)),
      changed_(std::move(changed)),
      state_(rules_of(target_.options)),
      timer_(loop),
      random_(std::random_device{}()) {
  // Soon, but not all of them at once.
  const uint64_t spread = std::min<uint64_t>(target_.options.interval_ms, 1000);
  timer_.start(random_() % spread, [this] { check(); });
}

Watch::~Watch() {
  if (probe_) loop_.bury(std::move(probe_));
}

void Watch::change_target(CheckTarget target) {
  const bool sooner = target.options.interval_ms < target_.options.interval_ms;
  target_ = std::move(target);
  state_.change_rules(rules_of(target_.options));
  if (sooner && !probe_) wait();
}

void Watch::hear(const std::string& why) {
  const bool sure = !state_.in_doubt();
  if (note(why)) changed_();
  // Whether it was that one login will be clear soon.
  if (sure && state_.in_doubt() && !probe_) wait();
}

bool Watch::is_way_of(const std::string& service) const {
  return std::ranges::find(target_.services, service) != target_.services.end();
}

void Watch::wait() {
  timer_.start(pause(), [this] { check(); });
}

// In doubt sooner, and never in step with other checks.
uint64_t Watch::pause() {
  const uint64_t usual = target_.options.interval_ms;
  const uint64_t pause = state_.in_doubt() ? usual / 3 : usual;
  return pause - pause / 10 + random_() % (pause / 5 + 1);
}

void Watch::check() {
  probe_ = target_.prober->probe(target_.machine->where(), target_.options,
                                 life_.guard([this](const CheckAnswer& answer) {
                                   loop_.bury(std::move(probe_));
                                   learn(answer);
                                   wait();
                                 }));
}

void Watch::learn(const CheckAnswer& answer) {
  const uint64_t now = loop_.now();
  const bool changed = note(answer.why);
  const bool tried = !target_.options.user.empty();
  if (!answer.refused)
    refused_since_ = 0;
  else if (refused_since_ == 0)
    refused_since_ = now;
  if (answer.why.empty() && tried) let_in_at_ = now;
  if (changed || tried) changed_();
}

// True if up() has changed by it.
bool Watch::note(const std::string& why) {
  const uint64_t now = loop_.now();
  return why.empty() ? state_.good(now) : state_.bad(now, why);
}

}  // namespace postern
