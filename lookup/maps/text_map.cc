// `map text FILE`: lines of "user: [user@]host[:port]" in the quoting of the
// configuration file.  Read once, when opened; keys match exactly.

#include <map>

#include "lookup/map_file.h"
#include "lookup/maps.h"
#include "proxy/base/ascii.h"
#include "proxy/base/file.h"

namespace postern {
namespace {

struct TextRow {
  std::string key;
  std::string value;
};

// "user: value" or "user:value"; the key ends at the first colon, unless its
// word ends with one ("a:b: host").
std::optional<TextRow> split_row(const LexedLine& line) {
  const std::string& word = line.words.front();
  const size_t colon = word.ends_with(':') ? word.size() - 1 : word.find(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  TextRow row{word.substr(0, colon), word.substr(colon + 1)};
  if (!row.value.empty() && !line.rest.empty()) row.value += ' ';
  row.value += line.rest;
  return row;
}

class TextMap final : public Map {
 public:
  explicit TextMap(const MapOptions& options)
      : path_(printable(options.argument)), delimiter_(options.delimiter) {}

  Status read(std::string_view text) {
    return read_map_lines(path_, text,
                          [this](const LexedLine& line) { return add(line); });
  }

  std::string name() const override { return "text " + path_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  struct Entry {
    Route route;
    size_t number;  // of the line
  };

  Status add(const LexedLine& line) {
    const auto row = split_row(line);
    if (!row) return Error{Fault::Config, "expected \"user: value\""};
    auto route = parse_route(row->value, delimiter_);
    if (!route) return std::move(route).error();
    const auto [known, fresh] =
        entries_.try_emplace(row->key, Entry{std::move(*route), line.number});
    if (!fresh)
      warnings_.push_back(map_line(path_, line.number) + ": \"" +
                          printable(row->key) + "\" is on line " +
                          std::to_string(known->second.number) +
                          " already, which stands");
    return postern::Done{};
  }

  void ask(Loop&, std::string_view key, Done done) override {
    const auto found = entries_.find(key);
    done(found == entries_.end() ? std::optional<Route>()
                                 : std::optional(found->second.route));
  }

  const std::string path_;
  const std::string delimiter_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::string> warnings_;
};

}  // namespace

MapResult read_text_map(const MapOptions& options, std::string_view text) {
  auto map = std::make_shared<TextMap>(options);
  if (const Status read = map->read(text); !read) return Error(read.error());
  return {std::move(map)};
}

MapResult open_text_map(const MapOptions& options) {
  const auto text = read_file(options.argument, kMaxMapFile);
  if (!text) return Error(text.error()).in("text");
  return read_text_map(options, *text);
}

}  // namespace postern
