#include "lookup/chain.h"

#include "lookup/problems.h"

namespace postern {
namespace {

using Source = Cache::Source;

struct Link {
  std::shared_ptr<Map> map;
  std::shared_ptr<Cache> cache;  // of a slow map; else null

  void find(Loop& loop, std::string_view key, Cache::Done done) const {
    if (cache) return cache->find(loop, key, std::move(done));
    map->find(loop, key, [done = std::move(done)](Map::Answer answer) {
      done(std::move(answer), Source::Map);
    });
  }
};

class MapChain final : public Chain,
                       public std::enable_shared_from_this<MapChain> {
 public:
  MapChain(const ChainOptions& options, std::vector<Link> links)
      : formats_(options.key_formats),
        delimiter_(options.delimiter),
        links_(std::move(links)) {}

  void find(Loop& loop, const Question& question, bool traced,
            Done done) override;
  void survey(Loop& loop, const Question& question, Surveyed done) override;
  std::vector<std::string> warnings() const override;

 private:
  class Walk;
  class Survey;

  const std::vector<std::string> formats_;
  const std::string delimiter_;
  const std::vector<Link> links_;
};

std::string describe(const Map::Answer& answer) {
  if (!answer) return "error: " + answer.error().text;
  return *answer ? to_text(**answer) : "not found";
}

// One question on its way along the chain; the answers under way own it.
class MapChain::Walk : public std::enable_shared_from_this<Walk> {
 public:
  Walk(std::shared_ptr<const MapChain> chain, Loop& loop, Question question,
       bool traced, Done done)
      : chain_(std::move(chain)),
        loop_(loop),
        question_(std::move(question)),
        traced_(traced),
        done_(std::move(done)) {}

  void step() {
    if (link_ == chain_->links_.size())
      return done_(std::optional<Route>(), std::move(trace_));
    key_ = make_key(chain_->formats_[format_], question_, chain_->delimiter_);
    chain_->links_[link_].find(
        loop_, key_,
        [self = shared_from_this()](const Map::Answer& answer, Source source) {
          self->on_answer(answer, source);
        });
  }

 private:
  void on_answer(const Map::Answer& answer, Source source) {
    const std::string name = chain_->links_[link_].map->name();
    if (traced_)
      trace_.push_back({name, key_, describe(answer), source != Source::Map,
                        source == Source::Stale});
    if (!answer)
      return done_(Error{Fault::TryLater, answer.error().text}.in(name),
                   std::move(trace_));
    if (*answer) return done_(answer, std::move(trace_));
    if (++format_ == chain_->formats_.size()) {
      format_ = 0;
      ++link_;
    }
    step();
  }

  const std::shared_ptr<const MapChain> chain_;
  Loop& loop_;
  const Question question_;
  const bool traced_;
  const Done done_;
  Trace trace_;
  std::string key_;    // asked now, made by
  size_t format_ = 0;  // this format,
  size_t link_ = 0;    // of this map
};

void MapChain::find(Loop& loop, const Question& question, bool traced,
                    Done done) {
  std::make_shared<Walk>(shared_from_this(), loop, question, traced,
                         std::move(done))
      ->step();
}

// All questions there are, one after the other.
class MapChain::Survey : public std::enable_shared_from_this<Survey> {
 public:
  Survey(std::shared_ptr<const MapChain> chain, Loop& loop, Question question,
         Surveyed done)
      : chain_(std::move(chain)),
        loop_(loop),
        question_(std::move(question)),
        done_(std::move(done)) {}

  void step() {
    const auto& formats = chain_->formats_;
    if (next_ == chain_->links_.size() * formats.size())
      return done_(std::move(trace_));
    const Link& link = chain_->links_[next_ / formats.size()];
    const std::string key = make_key(formats[next_ % formats.size()], question_,
                                     chain_->delimiter_);
    link.find(loop_, key,
              [self = shared_from_this(), name = link.map->name(), key](
                  const Map::Answer& answer, Source source) {
                self->trace_.push_back({name, key, describe(answer),
                                        source != Source::Map,
                                        source == Source::Stale});
                ++self->next_;
                self->step();
              });
  }

 private:
  const std::shared_ptr<const MapChain> chain_;
  Loop& loop_;
  const Question question_;
  const Surveyed done_;
  Trace trace_;
  size_t next_ = 0;  // of all pairs of a map and a format
};

void MapChain::survey(Loop& loop, const Question& question, Surveyed done) {
  std::make_shared<Survey>(shared_from_this(), loop, question, std::move(done))
      ->step();
}

std::vector<std::string> MapChain::warnings() const {
  std::vector<std::string> all;
  for (const Link& link : links_)
    for (std::string& warning : link.map->warnings())
      all.push_back(std::move(warning));
  return all;
}

}  // namespace

Result<std::shared_ptr<Chain>> Chain::open(const ChainOptions& options) {
  Problems problems;
  if (options.key_formats.empty()) problems.add("there is no key to ask for");
  for (const std::string& format : options.key_formats)
    if (const Status checked = check_key_format(format); !checked)
      problems.add(checked.error().text);
  std::vector<Link> links;
  for (const MapOptions& each : options.maps) {
    auto map = open_map(each);
    if (!map) {
      problems.add(map.error().text);
      continue;
    }
    const bool cached = (*map)->slow() && options.cache.max_entries > 0;
    links.push_back({*map, cached ? std::make_shared<Cache>(*map, options.cache)
                                  : nullptr});
  }
  if (problems.any()) return problems.error();
  return {std::make_shared<MapChain>(options, std::move(links))};
}

}  // namespace postern
