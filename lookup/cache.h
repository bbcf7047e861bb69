// Remembers what a slow map said, "no such user" included, and lets what it
// said about a user stand while it is in trouble.

#pragma once

#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

#include "lookup/map.h"

namespace postern {

struct CacheOptions {
  size_t max_entries = 100000;  // 0 switches the cache off
  int positive_ms = 60000;      // how long an answer is fresh
  int negative_ms = 10000;      // how long "no such user" is fresh
  int stale_ms = 3600000;       // how long an old answer may stand in while the
                                // map is in trouble; 0: never
};

// Stands before one map, not before a chain: so a map that is quick (a text
// file, a regex) is always asked itself and in its turn, each answer expires on
// its own, and what a chain decides never hangs on an answer another map would
// now give.  It goes with the snapshot it belongs to: a reload forgets.
//
// Only a route goes stale usefully.  An old "no such user" does not stand in
// for a map in trouble: the user may have been made since, and the next map, or
// the default server, would be given the password.
//
// A key whose entry is wrong (Fault::Config) is not a map in trouble.
//
// While the map is in trouble an old answer is given at once and the map asked
// behind the asker's back: nobody waits for a timeout who need not.
//
// Thread-safe; the answers under way keep it alive.  When full, the entry whose
// last use is longest ago goes.
class Cache : public std::enable_shared_from_this<Cache> {
 public:
  enum class Source { Map, Fresh, Stale };
  using Done = std::function<void(Map::Answer, Source)>;
  using Clock = std::function<uint64_t()>;  // milliseconds, never jumps

  Cache(std::shared_ptr<Map> map, const CacheOptions& options,
        Clock clock = steady_clock);

  // As Map::find.
  void find(Loop& loop, std::string_view key, Done done);

  size_t size() const;

 private:
  struct Entry {
    std::string key;
    std::optional<Route> route;
    uint64_t learnt = 0;  // when
  };
  using Entries = std::list<Entry>;

  static uint64_t steady_clock();

  // Source::Map if there is nothing to be had here.
  Source recall(std::string_view key, std::optional<Route>& route);
  void ask(Loop& loop, const std::string& key, Done done);
  void on_answer(Loop& loop, const std::string& key, Map::Answer answer);

  // All below: the caller holds the mutex.
  const Entry* touch(std::string_view key);
  bool fresh(const Entry& entry) const;
  bool usable(const Entry& entry) const;  // for a map in trouble
  void learn(const std::string& key, const std::optional<Route>& route);

  const std::shared_ptr<Map> map_;
  const CacheOptions options_;
  const Clock clock_;

  mutable std::mutex mutex_;  // guards all below
  bool trouble_ = false;      // the map's latest answer
  Entries entries_;           // latest use first
  std::unordered_map<std::string_view, Entries::iterator> index_;
  // Sessions of one loop that ask the same are answered together.
  std::map<std::pair<Loop*, std::string>, std::vector<Done>> asked_;
};

}  // namespace postern
