#include "proxy/server/departures.h"

#include <utility>

#include "proxy/net/loop.h"

namespace postern {
namespace {

// Of one turn of the loop: closing costs a TLS record and some system calls,
// and others want to be served in between.
constexpr int kAtOnce = 50;

}  // namespace

void Departures::add(uint64_t in_ms, uint64_t session, std::string why) {
  const auto added =
      due_.emplace(loop_.now() + in_ms, Departure{session, std::move(why)});
  if (added == due_.begin()) wind_up();
}

void Departures::clear() {
  due_.clear();
  timer_.stop();
}

void Departures::wind_up() {
  if (due_.empty()) return timer_.stop();
  const uint64_t now = loop_.now();
  const uint64_t first = due_.begin()->first;
  // In another turn in any case.
  timer_.start(first > now ? first - now : 1, [this] { on_time(); });
}

void Departures::on_time() {
  const uint64_t now = loop_.now();
  for (int i = 0; i < kAtOnce && !due_.empty(); ++i) {
    if (due_.begin()->first > now) break;
    const Departure next = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    leave_(next.session, next.why);
  }
  wind_up();
}

}  // namespace postern
