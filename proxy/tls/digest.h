// MD5, for what others have defined by it (the ring of Dovecot's director).
// Nothing here is a matter of security.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace postern {

using Md5 = std::array<uint8_t, 16>;

// OpenSSL may be built or configured without it.
bool has_md5();

// Only where has_md5().  Thread-safe.
Md5 md5(std::string_view text);

}  // namespace postern
