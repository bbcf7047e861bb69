#include "tests/bench/load.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace bench {
namespace {

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) +
         static_cast<double>(used.tv_nsec) * 1e-9;
}

double percentile(std::vector<double>& all, double part) {
  if (all.empty()) return 0;
  const auto at = static_cast<size_t>(part * static_cast<double>(all.size()));
  const auto nth =
      all.begin() + static_cast<long>(std::min(at, all.size() - 1));
  std::nth_element(all.begin(), nth, all.end());
  return *nth;
}

}  // namespace

Load::Load(const Options& options)
    : options_(options),
      scripts_(options),
      slots_(options.mode == "idle" ? options.held : options.clients),
      tickets_(slots_.size()) {}

void Load::open(unsigned slot) {
  auto& client = slots_[slot];
  client =
      std::make_unique<Client>(options_.target, scripts_.of(opened_), opened_);
  ++opened_;
  if (options_.mode == "idle") client->hold_at(scripts_.of(0).logged_in + 1);
  if (options_.resume) client->offer(tickets_[slot].get());
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u32 = slot;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, client->fd(), &event);
}

void Load::turn(int milliseconds) {
  epoll_event ready[256];
  const int count = epoll_wait(epoll_, ready, 256, milliseconds);
  for (int i = 0; i < count; ++i)
    if (slots_[ready[i].data.u32]) advance(ready[i].data.u32);
}

void Load::advance(unsigned slot) {
  Client& client = *slots_[slot];
  const unsigned before = client.events();
  const size_t octets = client.received() + client.sent();
  client.advance();
  octets_ += client.received() + client.sent() - octets;
  if (client.waiting()) note_ping(slot);
  if (client.state() >= Client::State::Done) return ended(slot);
  if (client.events() == before) return;
  epoll_event event{};
  event.events = client.events();
  event.data.u32 = slot;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, client.fd(), &event);
}

void Load::note_ping(unsigned slot) {
  const auto found = pinged_.find(slot);
  if (found == pinged_.end()) return;
  pings_ms_.push_back(since(found->second) * 1e3);
  pinged_.erase(found);
}

void Load::ended(unsigned slot) {
  Client& client = *slots_[slot];
  if (client.state() == Client::State::Failed) {
    ++errors_[client.trouble()];
  } else {
    ++sessions_;
    if (client.resumed()) ++resumed_;
    if (client.closed_cleanly()) ++clean_;
    logins_ms_.push_back(client.login_ms());
  }
  if (SessionPtr fresh = client.take_ticket())
    tickets_[slot] = std::move(fresh);
  slots_[slot].reset();
  if (reopen_)
    open(slot);
  else
    free_.push_back(slot);
}

void Load::run_closed_loop() {
  const auto start = Clock::now();
  reopen_ = true;
  for (unsigned slot = 0; slot < slots_.size(); ++slot)
    open(slot);
  while (since(start) < options_.seconds)
    turn(10);
  reopen_ = false;
  if (options_.mode != "login") return;
  for (const auto end = Clock::now(); since(end) < 10;) {
    if (free_.size() == slots_.size()) return;
    turn(10);
  }
}

void Load::run_open_loop() {
  const auto start = Clock::now();
  for (unsigned slot = 0; slot < slots_.size(); ++slot)
    free_.push_back(slot);
  while (since(start) < options_.seconds) {
    const auto due = static_cast<unsigned>(since(start) * options_.rate);
    while (opened_ < due && !free_.empty()) {
      const unsigned slot = free_.back();
      free_.pop_back();
      open(slot);
    }
    turn(1);
  }
  for (const auto end = Clock::now(); since(end) < 10;) {
    if (free_.size() == slots_.size()) return;
    turn(10);
  }
}

void Load::run_idle() {
  constexpr unsigned kAtOnce = 32;
  const auto waiting = [this] {
    return std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) {
      return slot && slot->waiting();
    });
  };
  for (unsigned next = 0; next < slots_.size();) {
    for (unsigned i = 0; i < kAtOnce && next < slots_.size(); ++i)
      open(next++);
    for (const auto since_then = Clock::now();
         waiting() + static_cast<long>(free_.size()) < next &&
         since(since_then) < 30;)
      turn(10);
  }
  std::printf("HOLDING %ld\n", static_cast<long>(waiting()));
  std::fflush(stdout);
  const auto start = Clock::now();
  unsigned sent = 0;
  while (since(start) < options_.seconds) {
    const auto due = static_cast<unsigned>(since(start) * options_.pings);
    for (; sent < due; ++sent) {
      const auto slot = sent % static_cast<unsigned>(slots_.size());
      if (!slots_[slot] || !slots_[slot]->waiting()) continue;
      pinged_[slot] = Clock::now();
      slots_[slot]->go_on();
      advance(slot);
    }
    turn(options_.pings > 0 ? 1 : 20);
  }
  sessions_ = static_cast<size_t>(waiting());
}

int Load::run() {
  const auto start = Clock::now();
  if (options_.mode == "idle")
    run_idle();
  else if (options_.rate > 0)
    run_open_loop();
  else
    run_closed_loop();
  report(since(start));
  return 0;
}

void Load::report(double wall) const {
  std::string errors;
  for (const auto& [what, count] : errors_)
    errors += (errors.empty() ? "\"" : ", \"") + what +
              "\": " + std::to_string(count);
  std::printf(
      "{\"sessions\": %zu, \"resumed\": %zu, \"clean\": %zu, \"octets\": %zu, "
      "\"seconds\": %.3f, \"load_cpu\": %.3f, \"login_p50\": %.2f, "
      "\"login_p99\": %.2f, \"ping_p50\": %.2f, \"ping_p99\": %.2f, "
      "\"ping_max\": %.2f, \"pings\": %zu, \"errors\": {%s}}\n",
      sessions_, resumed_, clean_, octets_, wall, cpu_seconds(),
      percentile(logins_ms_, 0.5), percentile(logins_ms_, 0.99),
      percentile(pings_ms_, 0.5), percentile(pings_ms_, 0.99),
      percentile(pings_ms_, 1), pings_ms_.size(), errors.c_str());
}

}  // namespace bench
