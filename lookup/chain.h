// Asks the maps in their order.  "Not found" goes on to the next; trouble stops
// the chain: an unreachable map never sends a password to a default server.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lookup/key.h"
#include "lookup/map.h"

namespace postern {

struct CacheOptions {
  size_t max_entries = 100000;  // 0 switches the cache off
  int positive_ms = 60000;      // how long an answer is fresh
  int negative_ms = 10000;      // how long "no such user" is fresh
  int stale_ms = 3600000;       // how long an old answer may stand in while the
                                // map is in trouble; 0: never
};

struct ChainOptions {
  std::vector<MapOptions> maps;
  std::vector<std::string> key_formats = {"\\U"};  // query_key
  std::string delimiter = "@";
  CacheOptions cache;
};

// What one map said, for --route: every map asked, its answer and the reason.
struct ChainStep {
  std::string map;
  std::string key;
  std::string answer;  // "not found", the route's text, "error: …"
  bool from_cache = false;
  bool stale = false;
};

// Shared by all threads; part of the snapshot.
class Chain {
 public:
  using Trace = std::vector<ChainStep>;
  // `trace` is filled only if asked for.
  using Done = std::function<void(Map::Answer answer, Trace trace)>;

  virtual ~Chain() = default;
  // Fault::Config: all the problems, one Error each.
  static Result<std::shared_ptr<Chain>> open(const ChainOptions& options);

  // Answers exactly once, on `loop`, possibly before returning.
  virtual void find(Loop& loop, const Question& question, bool traced,
                    Done done) = 0;
};

}  // namespace postern
