#include "tests/transcripts/notation.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"

namespace postern::transcripts {
namespace {

constexpr uint64_t kMostRepeats = 1 << 24;

struct Plain {
  char written;
  char octet;
};
constexpr Plain kPlain[] = {{'r', '\r'},  {'n', '\n'}, {'t', '\t'}, {'0', '\0'},
                            {'\\', '\\'}, {'"', '"'},  {'}', '}'}};

using Octets = std::optional<std::string>;

Octets encode(std::string_view inner) {
  const Octets octets = unescape(inner);
  if (!octets) return std::nullopt;
  return base64_encode(*octets);
}

Octets repeat(std::string_view inner) {
  const size_t blank = inner.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto times = parse_number(inner.substr(0, blank), kMostRepeats);
  const Octets once = unescape(inner.substr(blank + 1));
  if (!times || !once) return std::nullopt;
  std::string all;
  for (uint64_t i = 0; i < *times; ++i)
    all += *once;
  return all;
}

struct Group {
  std::string_view opening;
  Octets (*expand)(std::string_view inner);
};
constexpr Group kGroups[] = {{"\\base64{", encode}, {"\\repeat{", repeat}};

// Where the brace that is open before `text` closes.
size_t closing_brace(std::string_view text) {
  int open = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '}')
      ++i;
    else if (text[i] == '{')
      ++open;
    else if (text[i] == '}' && --open == 0)
      return i;
  }
  return std::string_view::npos;
}

int hex_digit(char c) {
  const size_t value = std::string_view("0123456789abcdef").find(c);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

// One escape at the front of `text`, which is shortened by it.
Octets one_escape(std::string_view& text) {
  for (const Group& group : kGroups) {
    if (!text.starts_with(group.opening)) continue;
    text.remove_prefix(group.opening.size());
    const size_t end = closing_brace(text);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inner = text.substr(0, end);
    text.remove_prefix(end + 1);
    return group.expand(inner);
  }
  if (text.starts_with("\\x") && text.size() >= 4) {
    const int high = hex_digit(text[2]);
    const int low = hex_digit(text[3]);
    text.remove_prefix(4);
    if (high < 0 || low < 0) return std::nullopt;
    return std::string(1, static_cast<char>(high << 4 | low));
  }
  if (text.size() < 2) return std::nullopt;
  const char written = text[1];
  text.remove_prefix(2);
  const auto* plain = std::ranges::find(kPlain, written, &Plain::written);
  if (plain == std::end(kPlain)) return std::nullopt;
  return std::string(1, plain->octet);
}

// "…" at the front of `text`, which is shortened by it.
Octets quoted(std::string_view& text) {
  text.remove_prefix(1);
  size_t end = 0;
  while (end < text.size() && text[end] != '"')
    end += text[end] == '\\' ? 2U : 1U;
  if (end >= text.size()) return std::nullopt;
  const std::string_view inner = text.substr(0, end);
  text.remove_prefix(end + 1);
  return unescape(inner);
}

bool word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

std::string_view word(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, word_letter);
  const std::string_view found(text.begin(), end);
  text.remove_prefix(found.size());
  return found;
}

}  // namespace

Octets unescape(std::string_view text) {
  std::string octets;
  while (!text.empty()) {
    if (text.front() != '\\') {
      octets += text.front();
      text.remove_prefix(1);
      continue;
    }
    const Octets more = one_escape(text);
    if (!more) return std::nullopt;
    octets += *more;
  }
  return octets;
}

std::string escape(std::string_view octets) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char c : octets) {
    const auto* plain = std::ranges::find(kPlain, c, &Plain::octet);
    if (plain != std::end(kPlain) && c != '}') {
      text += {'\\', plain->written};
    } else if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      text += {'\\', 'x', kHex[octet >> 4], kHex[octet & 15]};
    }
  }
  return text;
}

std::string_view Mark::value(std::string_view key) const {
  for (const auto& [name_of, value_of] : values)
    if (name_of == key) return value_of;
  return {};
}

bool Mark::has(std::string_view key) const {
  return std::ranges::any_of(
      values, [&](const auto& each) { return each.first == key; });
}

void Mark::add(std::string_view key, std::string_view value_of) {
  if (!value_of.empty()) values.emplace_back(key, value_of);
}

std::string Mark::text() const {
  std::string shown = "<" + name;
  for (const auto& [key, value_of] : values) {
    const bool bare = key.empty() && std::ranges::all_of(value_of, word_letter);
    shown += key.empty() ? " " : " " + key + "=";
    shown += bare ? value_of : "\"" + escape(value_of) + "\"";
  }
  return shown + ">";
}

std::optional<Mark> parse_mark(std::string_view text) {
  if (!text.starts_with('<') || !text.ends_with('>')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  Mark mark;
  mark.name = word(text);
  while (!text.empty()) {
    if (text.front() != ' ') return std::nullopt;
    text.remove_prefix(1);
    std::string key(word(text));
    if (text.starts_with('=')) {
      text.remove_prefix(1);
    } else if (!key.empty()) {
      mark.values.emplace_back("", std::move(key));
      continue;
    }
    if (!text.starts_with('"')) return std::nullopt;
    Octets value = quoted(text);
    if (!value) return std::nullopt;
    mark.values.emplace_back(std::move(key), std::move(*value));
  }
  return mark.name.empty() ? std::nullopt : std::optional(std::move(mark));
}

}  // namespace postern::transcripts
