#include "backends/policy/hash_ring.h"

#include <algorithm>
#include <numeric>

#include "proxy/base/address.h"
#include "proxy/base/ascii.h"
#include "proxy/tls/digest.h"

namespace postern {
namespace {

uint32_t first_four(const Md5& digest) {
  return static_cast<uint32_t>(digest[0]) << 24 |
         static_cast<uint32_t>(digest[1]) << 16 |
         static_cast<uint32_t>(digest[2]) << 8 | digest[3];
}

}  // namespace

HashRing::HashRing(std::span<const Member> members) : members_(members.size()) {
  const auto add = [](size_t sum, const Member& each) {
    return sum + each.weight;
  };
  points_.reserve(
      std::accumulate(members.begin(), members.end(), size_t{0}, add));
  for (uint32_t m = 0; m < members.size(); ++m)
    for (uint32_t i = 0; i < members[m].weight; ++i) {
      const std::string text = members[m].host + "-" + std::to_string(i);
      points_.push_back({first_four(md5(text)), m});
    }
  // Equal points, one in thousands of rings, go by name, so that the order in
  // the configuration never matters.
  std::ranges::sort(points_, [&](const Point& a, const Point& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    return members[a.member].host < members[b.member].host;
  });
}

size_t HashRing::first_from(uint32_t hash) const {
  const auto found = std::ranges::lower_bound(points_, hash, {}, &Point::hash);
  return found == points_.end() ? 0
                                : static_cast<size_t>(found - points_.begin());
}

uint32_t ring_hash(std::string_view key) {
  const uint32_t hash = first_four(md5(key));
  return hash == 0 ? 1 : hash;
}

std::string ring_name(std::string_view host) {
  const auto address = Address::parse(host, 0);
  return address ? address->ip() : to_lower(host);
}

}  // namespace postern
