#include "proxy/base/json.h"

#include "proxy/base/ascii.h"

namespace postern {
namespace {

// The code point of a well-formed sequence.
unsigned code_point(std::string_view sequence) {
  const auto octet = [&](size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(sequence[i]));
  };
  if (sequence.size() == 1) return octet(0);
  unsigned value = octet(0) & (0x7fU >> sequence.size());
  for (size_t i = 1; i < sequence.size(); ++i)
    value = value << 6 | (octet(i) & 0x3fU);
  return value;
}

// Controls, C1 among them, and the line separators.
bool hostile(unsigned point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 ||
         point == 0x2029;
}

void append_escape(std::string& out, unsigned point) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U})
    out += kHex[point >> shift & 15U];
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t size = utf8_length(text);
    if (size == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    const std::string_view piece = text.substr(0, size);
    if (hostile(code_point(piece))) {
      append_escape(out, code_point(piece));
    } else {
      if (piece == "\"" || piece == "\\") out += '\\';
      out += piece;
    }
    text.remove_prefix(size);
  }
  return out + '"';
}

}  // namespace postern
