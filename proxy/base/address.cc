#include "proxy/base/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cassert>
#include <charconv>
#include <cstring>
#include <iterator>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr size_t kMaxHost = 255;

std::optional<uint16_t> parse_port(std::string_view digits) {
  const auto port = parse_number(digits, 65535);
  if (!port || *port == 0) return std::nullopt;
  return static_cast<uint16_t>(*port);
}

bool valid_host(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHost &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '@'; });
}

}  // namespace

Address Address::from(const sockaddr* raw) {
  Address made;
  if (raw->sa_family == AF_INET) std::memcpy(&made.v4_, raw, sizeof made.v4_);
  if (raw->sa_family != AF_INET6) return made;

  sockaddr_in6 wide{};
  std::memcpy(&wide, raw, sizeof wide);
  if (!IN6_IS_ADDR_V4MAPPED(&wide.sin6_addr)) {
    made.v6_ = wide;
    return made;
  }
  made.v4_.sin_port = wide.sin6_port;
  std::memcpy(&made.v4_.sin_addr, &wide.sin6_addr.s6_addr[12], 4);
  return made;
}

std::optional<Address> Address::parse(std::string_view ip, uint16_t port) {
  if (ip.size() >= 2 && ip.front() == '[' && ip.back() == ']')
    ip = ip.substr(1, ip.size() - 2);
  if (ip.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string text(ip);
  sockaddr_in narrow{};
  if (inet_pton(AF_INET, text.c_str(), &narrow.sin_addr) == 1) {
    narrow.sin_family = AF_INET;
    narrow.sin_port = htons(port);
    return from(reinterpret_cast<const sockaddr*>(&narrow));
  }
  sockaddr_in6 wide{};
  if (inet_pton(AF_INET6, text.c_str(), &wide.sin6_addr) != 1)
    return std::nullopt;
  wide.sin6_family = AF_INET6;
  wide.sin6_port = htons(port);
  return from(reinterpret_cast<const sockaddr*>(&wide));
}

Address Address::of_octets(std::span<const uint8_t> octets, uint16_t port) {
  sockaddr_in6 wide{};
  sockaddr_in narrow{};
  if (octets.size() == sizeof wide.sin6_addr) {
    wide.sin6_family = AF_INET6;
    wide.sin6_port = htons(port);
    std::memcpy(&wide.sin6_addr, octets.data(), sizeof wide.sin6_addr);
    return from(reinterpret_cast<const sockaddr*>(&wide));
  }
  assert(octets.size() == sizeof narrow.sin_addr);
  narrow.sin_family = AF_INET;
  narrow.sin_port = htons(port);
  std::memcpy(&narrow.sin_addr, octets.data(), sizeof narrow.sin_addr);
  return from(reinterpret_cast<const sockaddr*>(&narrow));
}

// IPv4 by hand: inet_ntop() is ten times as slow, and this is asked for half a
// dozen times a login.
std::string Address::ip() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (v6()) {
    inet_ntop(AF_INET6, &v6_.sin6_addr, text, sizeof text);
    return text;
  }
  char* end = text;
  for (const uint8_t octet : octets()) {
    if (end != text) *end++ = '.';
    end = std::to_chars(end, std::end(text), octet).ptr;
  }
  return {text, end};
}

std::string Address::text() const {
  const std::string number = std::to_string(port());
  return v6() ? "[" + ip() + "]:" + number : ip() + ":" + number;
}

uint16_t Address::port() const {
  return ntohs(v6() ? v6_.sin6_port : v4_.sin_port);
}

bool Address::any() const {
  return v6() ? IN6_IS_ADDR_UNSPECIFIED(&v6_.sin6_addr) != 0
              : v4_.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool Address::loopback() const {
  return v6() ? IN6_IS_ADDR_LOOPBACK(&v6_.sin6_addr) != 0
              : ntohl(v4_.sin_addr.s_addr) >> 24 == 127;
}

Address Address::with_port(uint16_t port) const {
  Address other = *this;
  (v6() ? other.v6_.sin6_port : other.v4_.sin_port) = htons(port);
  return other;
}

std::span<const uint8_t> Address::octets() const {
  if (v6())
    return {reinterpret_cast<const uint8_t*>(&v6_.sin6_addr),
            sizeof v6_.sin6_addr};
  return {reinterpret_cast<const uint8_t*>(&v4_.sin_addr), sizeof v4_.sin_addr};
}

socklen_t Address::raw_size() const {
  return v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

bool Address::operator==(const Address& other) const {
  return same_ip(other) && port() == other.port();
}

bool Address::same_ip(const Address& other) const {
  if (v6() != other.v6()) return false;
  if (v6())
    return std::memcmp(&v6_.sin6_addr, &other.v6_.sin6_addr,
                       sizeof(in6_addr)) == 0;
  return v4_.sin_addr.s_addr == other.v4_.sin_addr.s_addr;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  std::string_view host = text;
  std::string_view digits;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    has_port = !rest.empty();
    if (has_port) digits = rest.substr(1);
    if (!Address::parse(host, 0)) return std::nullopt;
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const size_t colon = text.find(':');
    host = text.substr(0, colon);
    digits = text.substr(colon + 1);
    has_port = true;
  } else if (text.find(':') != std::string_view::npos &&
             !Address::parse(text, 0)) {
    return std::nullopt;
  }
  if (!valid_host(host)) return std::nullopt;
  Endpoint made{std::string(host), 0};
  if (!has_port) return made;
  const auto port = parse_port(digits);
  if (!port) return std::nullopt;
  made.port = *port;
  return made;
}

std::string Endpoint::text() const {
  if (port == 0) return host;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace postern
