// Where a socket ends: an IP address with a port, or a name with a port that
// still has to be resolved.

#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postern {

// An IPv4 or IPv6 address and a port.  IPv4-mapped IPv6 addresses are kept and
// shown as IPv4: the same client must look the same on every listener.
class Address {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): it is a union
  Address() : v6_{} { v4_.sin_family = AF_INET; }  // 0.0.0.0:0
  static Address from(const sockaddr* raw);
  // A literal, with or without brackets around IPv6; never resolves.
  static std::optional<Address> parse(std::string_view ip, uint16_t port);
  // Of 4 or 16 octets in network order.
  static Address of_octets(std::span<const uint8_t> octets, uint16_t port);

  std::string ip() const;    // "192.0.2.1", "2001:db8::1"
  std::string text() const;  // "192.0.2.1:143", "[2001:db8::1]:143"
  uint16_t port() const;
  bool v6() const { return any_.sa_family == AF_INET6; }
  bool any() const;       // 0.0.0.0 or ::
  bool loopback() const;  // 127/8 or ::1
  Address with_port(uint16_t port) const;
  std::span<const uint8_t> octets() const;  // in network order, 4 or 16

  const sockaddr* raw() const { return &any_; }
  socklen_t raw_size() const;

  bool operator==(const Address& other) const;
  bool same_ip(const Address& other) const;

 private:
  union {
    sockaddr any_;
    sockaddr_in v4_;
    sockaddr_in6 v6_;
  };
};

// "host", "host:port", "[v6]:port"; a bare IPv6 literal has no port.
struct Endpoint {
  std::string host;
  uint16_t port = 0;  // 0: not given

  // Nothing if the host is empty, longer than 255 octets or holds anything but
  // visible ASCII, or the port is not 1..65535.
  static std::optional<Endpoint> parse(std::string_view text);
  std::string text() const;  // the way parse() reads it
  bool operator==(const Endpoint&) const = default;
};

}  // namespace postern
