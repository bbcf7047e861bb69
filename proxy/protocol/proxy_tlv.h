// The values that may follow the addresses in a PROXY header of version 2:
// type, length, value (haproxy/doc/proxy-protocol.txt section 2.2).

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/proxy_header.h"

namespace postern {

// Those from `at` on in the header `whole` (all of it, for its checksum).  Why
// they are malformed, or empty.  Unknown ones are skipped.
std::string_view read_tlvs(std::string_view whole, size_t at,
                           ProxyHeader& header);

std::string write_tlvs(const ProxyHeader& header);

}  // namespace postern
