#include "proxy/base/ascii.h"

#include <algorithm>

namespace postern {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

bool between(unsigned octet, unsigned low, unsigned high) {
  return octet >= low && octet <= high;
}

// Octets that the first one of a sequence announces; 0 if it cannot be one.
size_t announced_length(unsigned first) {
  if (first < 0x80) return 1;
  if (between(first, 0xc2, 0xdf)) return 2;
  if (between(first, 0xe0, 0xef)) return 3;
  return between(first, 0xf0, 0xf4) ? 4 : 0;
}

// The bounds on the second octet shut out overlong forms and surrogates
// (RFC 3629 section 4).
bool fits_second(unsigned first, unsigned second) {
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  return between(second, low, high);
}

// U+0080-U+009F, U+2028 and U+2029.
bool hostile_sequence(std::string_view sequence) {
  if (sequence.size() == 2)
    return sequence[0] == '\xc2' &&
           static_cast<unsigned char>(sequence[1]) < 0xa0;
  return sequence == "\xe2\x80\xa8" || sequence == "\xe2\x80\xa9";
}

void append_escaped(std::string& out, std::string_view octets) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    out += "\\x";
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool starts_with_text(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         same_text(text.substr(0, prefix.size()), prefix);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  pieces.reserve(1 + static_cast<size_t>(std::ranges::count(text, separator)));
  for (;;) {
    const size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::optional<uint64_t> parse_number(std::string_view digits, uint64_t most) {
  if (digits.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (digit > most || value > (most - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

size_t utf8_length(std::string_view text) {
  const auto octet = [&](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const size_t size = announced_length(octet(0));
  if (size > 1 && !fits_second(octet(0), octet(1))) return 0;
  for (size_t i = 2; i < size; ++i)
    if (!between(octet(i), 0x80, 0xbf)) return 0;
  return size;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return control(static_cast<unsigned char>(c));
  });
}

std::string printable(std::string_view text, size_t limit) {
  const bool cut = text.size() > limit;
  text = text.substr(0, limit);
  std::string out;
  out.reserve(text.size() + 3);
  while (!text.empty()) {
    const size_t size = utf8_length(text);
    const std::string_view piece = text.substr(0, size == 0 ? 1 : size);
    if (size == 0 ||
        (size == 1 &&
         (control(static_cast<unsigned char>(text[0])) || text[0] == '\\')) ||
        hostile_sequence(piece))
      append_escaped(out, piece);
    else
      out += piece;
    text.remove_prefix(piece.size());
  }
  if (cut) out += "...";
  return out;
}

}  // namespace postern
