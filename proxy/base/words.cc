#include "proxy/base/words.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace postern {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool plain(char c) {
  return c > ' ' && c < '\x7f' && c != '"' && c != '\\';
}

bool may_be_quoted(char c) {
  return c == ' ' || plain(c);
}

Error wrong(std::string text) {
  return Error{Fault::Denied, std::move(text)};
}

std::optional<int> digit(char c) {
  const auto* const found = std::find(kHex, kHex + 16, c);
  if (found == kHex + 16) return std::nullopt;
  return static_cast<int>(found - kHex);
}

// One line, from left to right.
class Splitter {
 public:
  explicit Splitter(std::string_view line) : left_(line) {}

  Result<std::vector<Word>> run() {
    std::vector<Word> words;
    for (;;) {
      left_.remove_prefix(std::min(left_.find_first_not_of(' '), left_.size()));
      if (left_.empty()) return words;
      auto word = left_.front() == '"' ? quoted() : bare();
      if (!word) return std::move(word).error();
      words.push_back(std::move(*word));
      if (!left_.empty() && left_.front() != ' ')
        return wrong("a blank is missing between two words");
    }
  }

 private:
  Result<Word> bare() {
    const auto* const end = std::find_if_not(left_.begin(), left_.end(), plain);
    const auto size = static_cast<size_t>(end - left_.begin());
    if (size == 0) return wrong("an octet that must be quoted is not");
    Word word{std::string(left_.substr(0, size)), false};
    left_.remove_prefix(size);
    return word;
  }

  Result<Word> quoted() {
    Word word{{}, true};
    for (left_.remove_prefix(1); !left_.empty(); left_.remove_prefix(1)) {
      const char c = left_.front();
      if (c == '"') {
        left_.remove_prefix(1);
        return word;
      }
      const auto meant = c == '\\' ? escaped() : std::optional(c);
      if (!meant || (c != '\\' && !may_be_quoted(c)))
        return wrong("between quotes there is something that is not allowed");
      word.text += *meant;
    }
    return wrong("a closing quote is missing");
  }

  // Leaves the last octet of the escape to be removed by the caller.
  std::optional<char> escaped() {
    if (left_.size() < 2) return std::nullopt;
    left_.remove_prefix(1);
    const char kind = left_.front();
    if (kind == '"' || kind == '\\') return kind;
    if (kind != 'x' || left_.size() < 3) return std::nullopt;
    const auto high = digit(left_[1]);
    const auto low = digit(left_[2]);
    if (!high || !low) return std::nullopt;
    left_.remove_prefix(2);
    return static_cast<char>(*high * 16 + *low);
  }

  std::string_view left_;
};

}  // namespace

Result<std::vector<Word>> split_words(std::string_view line) {
  return Splitter(line).run();
}

std::string quote_word(std::string_view text) {
  if (!text.empty() && text != "-" &&
      std::all_of(text.begin(), text.end(), plain))
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (may_be_quoted(c)) {
      out += c;
      continue;
    }
    out += '\\';
    if (c == '"' || c == '\\') {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += 'x';
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out + '"';
}

}  // namespace postern
