// The ring of Dovecot's director: the same users on the same hosts, so that a
// site can move from it to Postern without moving a mailbox.
//
// A host has as many points as it has weight: the first four octets of
// MD5("<host>-<i>"), most significant first.  A user is the first four octets
// of MD5(key), 0 taken as 1, and belongs to the host of the first point from
// there on, around the end to the beginning.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

class HashRing {
 public:
  struct Member {
    std::string host;  // as ring_name() has it
    uint32_t weight;   // 0: no points
  };

  // Needs has_md5().  Immutable: who changes a weight builds a new one.
  explicit HashRing(std::span<const Member> members);

  // The member (its index) that `hash` belongs to among those that `may` be
  // taken; size() if there is none.  Steps over the others' points, as if they
  // had none: nobody else moves when a member is away.
  template <class May>
  size_t find(uint32_t hash, const May& may) const;

  size_t size() const { return members_; }
  size_t points() const { return points_.size(); }

 private:
  struct Point {
    uint32_t hash;
    uint32_t member;
  };
  size_t first_from(uint32_t hash) const;

  size_t members_;
  std::vector<Point> points_;  // sorted by hash
};

// Of a user's key (see UserHash).
uint32_t ring_hash(std::string_view key);

// What stands for a host on the ring: of an address its usual text, as Dovecot
// has it; a name as it is configured, in lower case (it is not resolved: the
// ring must not change with an answer of the DNS).
std::string ring_name(std::string_view host);

template <class May>
size_t HashRing::find(uint32_t hash, const May& may) const {
  const size_t start = first_from(hash);
  for (size_t step = 0; step < points_.size(); ++step) {
    const size_t at = start + step;
    const Point& point =
        points_[at < points_.size() ? at : at - points_.size()];
    if (may(point.member)) return point.member;
  }
  return members_;
}

}  // namespace postern
