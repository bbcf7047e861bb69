#include "tests/sample/imap_words.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern::sample {

namespace {

constexpr uint64_t kLargestLiteral = 256 << 20;

struct Literal {
  uint64_t size;
  bool waits;  // for "+ "
};

std::optional<Literal> literal(std::string_view word) {
  if (!word.starts_with('{') || !word.ends_with('}')) return std::nullopt;
  word = word.substr(1, word.size() - 2);
  const bool waits = !word.ends_with('+');
  if (!waits) word.remove_suffix(1);
  const auto size = parse_number(word, kLargestLiteral);
  if (!size) return std::nullopt;
  return Literal{*size, waits};
}

// Takes a quoted string from the front of `line`, without its quotes.
std::string take_quoted(std::string_view& line) {
  std::string word;
  size_t at = 1;
  for (; at < line.size() && line[at] != '"'; ++at) {
    if (line[at] == '\\' && at + 1 < line.size()) ++at;
    word += line[at];
  }
  line.remove_prefix(std::min(at + 1, line.size()));
  return word;
}

std::string take_until(std::string_view& line, char end) {
  const size_t size = std::min(line.find(end), line.size());
  std::string word(line.substr(0, size));
  line.remove_prefix(std::min(size + 1, line.size()));
  return word;
}

void take_words(std::string_view line, std::vector<std::string>& words) {
  while (!line.empty()) {
    if (line.front() == ' ') {
      line.remove_prefix(1);
    } else if (line.front() == '"') {
      words.push_back(take_quoted(line));
    } else if (line.front() == '(') {
      line.remove_prefix(1);
      words.push_back(take_until(line, ')'));
    } else {
      words.push_back(take_until(line, ' '));
    }
  }
}

}  // namespace

std::optional<std::vector<std::string>> read_imap_words(
    ClientConnection& client) {
  std::vector<std::string> words;
  for (;;) {
    const auto line = client.read_line();
    if (!line) return std::nullopt;
    take_words(*line, words);
    const auto more = words.empty() || !line->ends_with('}')
                          ? std::nullopt
                          : literal(words.back());
    if (!more) return words;
    if (more->waits) client.write("+ OK\r\n");
    auto bytes = client.read_bytes(more->size);
    if (!bytes) return std::nullopt;
    words.back() = std::move(*bytes);
  }
}

}  // namespace postern::sample
