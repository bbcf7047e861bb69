#include "backends/policy/hash_ring.h"

#include <map>

#include <doctest/doctest.h>

using namespace postern;

namespace {

using Members = std::vector<HashRing::Member>;

constexpr auto kAll = [](size_t) { return true; };

std::string user(int number) {
  return "user" + std::to_string(number) + "@example.com";
}

std::vector<size_t> homes(const Members& members, int users) {
  const HashRing ring(members);
  std::vector<size_t> found;
  for (int i = 0; i < users; ++i)
    found.push_back(ring.find(ring_hash(user(i)), kAll));
  return found;
}

}  // namespace

TEST_CASE("the hosts that a Dovecot 2.3 director named") {
  const Members members = {{"10.0.0.1", 100},
                           {"10.0.0.2", 37},
                           {"10.0.0.10", 100},
                           {"10.0.0.11", 100},
                           {"10.0.0.12", 100}};
  CHECK(homes(members, 12) ==
        std::vector<size_t>{2, 3, 4, 4, 4, 4, 1, 3, 4, 3, 1, 0});
}

TEST_CASE("a user whose hash is a point belongs to that point") {
  Members members;
  for (int i = 1; i <= 40; ++i)
    members.push_back({"10.0.0." + std::to_string(i), 1000});
  const HashRing ring(members);
  CHECK(ring.points() == 40000);
  // As that director has it, too.
  CHECK(ring.find(ring_hash("u41639"), kAll) == 25 - 1);
  CHECK(ring.find(ring_hash("u107674"), kAll) == 1 - 1);
  CHECK(ring.find(ring_hash("u326449"), kAll) == 9 - 1);
}

TEST_CASE("the end of the ring is its beginning") {
  const HashRing ring(Members{{"10.0.0.1", 1}, {"10.0.0.2", 1}});
  CHECK(ring.find(UINT32_MAX, kAll) == ring.find(1, kAll));
}

TEST_CASE("the order of the configuration does not matter") {
  const Members one = {{"a", 30}, {"b", 50}, {"c", 100}};
  const Members other = {{"c", 100}, {"a", 30}, {"b", 50}};
  const auto here = homes(one, 1000);
  const auto there = homes(other, 1000);
  for (size_t i = 0; i < here.size(); ++i)
    CHECK(one[here[i]].host == other[there[i]].host);
}

TEST_CASE("a new host takes its share of the users, and moves nobody else") {
  Members members;
  for (int i = 0; i < 9; ++i)
    members.push_back({"10.0.0." + std::to_string(i), 100});
  const auto before = homes(members, 10000);
  members.push_back({"10.0.0.9", 100});
  const auto after = homes(members, 10000);
  int moved = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    CHECK(after[i] == 9);
    ++moved;
  }
  // A tenth; with 100 points a share is within a third of that.
  CHECK(moved > 667);
  CHECK(moved < 1333);
}

TEST_CASE("who is away is stepped over as if it had no points") {
  Members members = {{"a", 100}, {"b", 100}, {"c", 100}, {"d", 100}};
  const HashRing all(members);
  const auto not_b = [](size_t member) { return member != 1; };
  members[1].weight = 0;
  const HashRing without(members);
  for (int i = 0; i < 2000; ++i) {
    const uint32_t hash = ring_hash(user(i));
    CHECK(all.find(hash, not_b) == without.find(hash, kAll));
    if (all.find(hash, kAll) != 1)
      CHECK(all.find(hash, kAll) == all.find(hash, not_b));
  }
}

TEST_CASE("users are shared out by weight") {
  std::map<size_t, int> count;
  for (const size_t home : homes({{"a", 50}, {"b", 150}, {"c", 0}}, 10000))
    ++count[home];
  CHECK(count[0] > 1800);
  CHECK(count[0] < 3200);
  CHECK(count[0] + count[1] == 10000);
}

TEST_CASE("no points, no host") {
  const HashRing none(Members{{"a", 0}});
  CHECK(none.points() == 0);
  CHECK(none.find(7, kAll) == none.size());
  const HashRing all(Members{{"a", 5}});
  CHECK(all.find(7, [](size_t) { return false; }) == all.size());
}

TEST_CASE("what stands for a host") {
  CHECK(ring_name("10.0.0.1") == "10.0.0.1");
  CHECK(ring_name("2001:DB8:0:0::1") == "2001:db8::1");
  CHECK(ring_name("Store1.Example") == "store1.example");
}
