// Numbers in network byte order, read from a PROXY header.  The caller has made
// sure that their octets are there.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postern {

inline uint8_t octet(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

inline uint16_t be16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(octet(bytes, at) << 8 | octet(bytes, at + 1));
}

inline uint32_t be32(std::string_view bytes, size_t at) {
  return uint32_t{be16(bytes, at)} << 16 | be16(bytes, at + 2);
}

}  // namespace postern
