// Asks the maps in their order, each with every key format in its order.  "Not
// found" goes on; trouble stops the chain: an unreachable map never sends a
// password to a default server.  Every slow map has a cache of its own (why:
// cache.h).

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lookup/cache.h"
#include "lookup/key.h"
#include "lookup/map.h"

namespace postern {

struct ChainOptions {
  std::vector<MapOptions> maps{};
  std::vector<std::string> key_formats = {"\\U"};  // query_key
  std::string delimiter = "@";
  CacheOptions cache{};
};

// What one map said to one key, for --route: every map asked, its answer and
// the reason.
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
  // `trace` is filled only if asked for.  An error is Fault::TryLater and names
  // the map.
  using Done = std::function<void(Map::Answer answer, Trace trace)>;

  virtual ~Chain() = default;
  // Fault::Config: all the problems, one a line of the error's text.  Connects
  // to databases, so it may wait for as long as the maps' timeouts.
  static Result<std::shared_ptr<Chain>> open(const ChainOptions& options);

  // Answers exactly once, on `loop`, possibly before returning.
  virtual void find(Loop& loop, const Question& question, bool traced,
                    Done done) = 0;

  // Asks every map with every key, whatever the others say: for those who look
  // after maps.  As often as find() answers, so does this.
  using Surveyed = std::function<void(Trace trace)>;
  virtual void survey(Loop& loop, const Question& question, Surveyed done) = 0;

  // What was odd but not wrong in its maps, one sentence each.
  virtual std::vector<std::string> warnings() const { return {}; }
};

}  // namespace postern
