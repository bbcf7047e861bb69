#include "proxy/base/base64.h"

#include <array>
#include <cstdint>

namespace postern {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> make_values() {
  std::array<int8_t, 256> values{};
  for (auto& value : values)
    value = -1;
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  return values;
}

constexpr auto kValues = make_values();

// The 24 bits of one group of four characters, of which the last `padding` are
// '='; negative if it is not one.
int32_t group_bits(std::string_view group, size_t padding) {
  int32_t bits = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int8_t value = i >= 4 - padding
                             ? int8_t{0}
                             : kValues[static_cast<unsigned char>(group[i])];
    if (value < 0) return -1;
    bits = bits << 6 | value;
  }
  const int32_t unused = padding == 2 ? 0xffff : padding == 1 ? 0xff : 0;
  return (bits & unused) == 0 ? bits : -1;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = bits << 8 |
             (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j])
                                   : 0U);
    const size_t digits = std::min<size_t>(bytes.size() - i, 3) + 1;
    for (size_t j = 0; j < 4; ++j)
      out += j < digits ? kAlphabet[bits >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::optional<Secret> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  Secret out;
  for (size_t i = 0; i < text.size(); i += 4) {
    const std::string_view group = text.substr(i, 4);
    const bool last = i + 4 == text.size();
    const size_t padding = !last                                ? 0
                           : group[2] == '=' && group[3] == '=' ? 2
                           : group[3] == '='                    ? 1
                                                                : 0;
    const int32_t bits = group_bits(group, padding);
    if (bits < 0) return std::nullopt;
    const char octets[3] = {static_cast<char>(bits >> 16),
                            static_cast<char>(bits >> 8),
                            static_cast<char>(bits)};
    out.append({octets, 3 - padding});
  }
  return out;
}

}  // namespace postern
