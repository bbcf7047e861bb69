#include "proxy/tls/shared_facts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace postern {
namespace {

using Facts = std::shared_ptr<const TlsFacts>;

// The last ones of this thread: enough for the few kinds of clients that a
// site has, and never more than that to look through.
struct Recent {
  std::array<Facts, 16> facts;
  size_t oldest = 0;
};

Facts keep(TlsFacts facts) {
  thread_local Recent recent;
  const auto found = std::ranges::find_if(
      recent.facts,
      [&](const Facts& known) { return known && *known == facts; });
  if (found != recent.facts.end()) return *found;
  Facts& place = recent.facts[recent.oldest];
  recent.oldest = (recent.oldest + 1) % recent.facts.size();
  place = std::make_shared<const TlsFacts>(std::move(facts));
  return place;
}

}  // namespace

SharedFacts::SharedFacts(TlsFacts facts) : facts_(keep(std::move(facts))) {}

const TlsFacts& SharedFacts::operator*() const {
  static const TlsFacts kNone;
  return facts_ ? *facts_ : kNone;
}

}  // namespace postern
