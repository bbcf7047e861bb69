// The header of HAProxy's PROXY protocol, versions 1 and 2, which tells a
// server in the first octets of a connection whose connection it is
// (haproxy/doc/proxy-protocol.txt).  Octets in, values out: whom to believe and
// how long to wait is the session's business.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/address.h"

namespace postern {

// What an SSL TLV says of the TLS between the client and the proxy.
struct ProxyTls {
  bool tls = false;
  bool certificate = false;  // the client showed one, now or when resuming
  uint32_t verify = 1;       // of that certificate: 0 is fine
  std::string version;       // "TLSv1.3"
  std::string common_name;   // of the certificate
  std::string cipher;
};

struct ProxyHeader {
  // Not for LOCAL, UNKNOWN and the like: the socket's own addresses stand.
  bool addressed = false;
  Address source;       // the client
  Address destination;  // where it connected to
  std::string alpn;
  std::string authority;  // the host the client asked for (SNI)
  std::string unique_id;  // at most 128 octets
  std::optional<ProxyTls> tls;
  // Our own: proxies this connection may still pass; nothing if not told.
  std::optional<int> ttl;
};

// What the octets received so far are.
struct ProxyHeaderRead {
  enum class Kind {
    More,       // the beginning of a header
    Absent,     // no header: all of it is the client's own
    Malformed,  // a header that is wrong, as `problem` says
    Whole,      // `header`, in the first `size` octets
  };
  Kind kind = Kind::More;
  size_t size = 0;
  std::string_view problem;  // our own words
  ProxyHeader header;
};

// Octets of the longest header.  Until then read_proxy_header() may want more.
inline constexpr size_t kLongestProxyHeader = 16 + 65535;

// Once it says anything but More, more octets do not change the answer.
ProxyHeaderRead read_proxy_header(std::string_view bytes);

// True for the beginning of a header, where it is enough to tell.
bool looks_like_proxy_header(std::string_view bytes);

// A line without any of the rest; UNKNOWN if the addresses are of two families,
// which it has no words for.
std::string proxy_header_v1(const ProxyHeader& header);

// With a TLV for each value that is there.  What could be too much for a
// receiver is left out: Dovecot takes about 1500 octets in all.
std::string proxy_header_v2(const ProxyHeader& header);

// For connections of our own, such as health checks.
std::string local_proxy_header_v1();
std::string local_proxy_header_v2();

}  // namespace postern
