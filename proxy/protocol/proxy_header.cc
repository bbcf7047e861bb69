#include "proxy/protocol/proxy_header.h"

#include <algorithm>
#include <vector>

#include "proxy/base/ascii.h"
#include "proxy/protocol/identity.h"
#include "proxy/protocol/network_order.h"
#include "proxy/protocol/proxy_tlv.h"

namespace postern {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kWord = "PROXY ";
constexpr size_t kLongestLine = 107;  // octets with CRLF
constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr size_t kFixed = 16;  // octets of a version 2 header before addresses

// One block of addresses of version 2.
struct Family {
  uint8_t code;
  size_t size;  // octets of both addresses and ports
  size_t ip;    // of one address; 0: none that we use
};
constexpr Family kFamilies[] = {
    {0x00, 0, 0},     // unspecified
    {0x11, 12, 4},    // TCP over IPv4
    {0x21, 36, 16},   // TCP over IPv6
    {0x31, 216, 0}};  // a Unix socket: the sender's own machine

ProxyHeaderRead malformed(std::string_view problem) {
  return {ProxyHeaderRead::Kind::Malformed, 0, problem, {}};
}

bool begins(std::string_view bytes, std::string_view mark) {
  return bytes.substr(0, mark.size()) == mark.substr(0, bytes.size());
}

// --- version 1 ---------------------------------------------------------------

// Heading zeroes "are not permitted".
std::optional<uint16_t> line_port(std::string_view digits) {
  if (digits.size() > 1 && digits.starts_with('0')) return std::nullopt;
  const auto port = parse_number(digits, 65535);
  if (!port) return std::nullopt;
  return static_cast<uint16_t>(*port);
}

std::optional<Address> line_address(std::string_view ip,
                                    std::string_view port_digits, bool v6) {
  const auto port = line_port(port_digits);
  const bool is_v6 = ip.find(':') != std::string_view::npos;
  if (!port || is_v6 != v6 || ip.starts_with('[')) return std::nullopt;
  return Address::parse(ip, *port);
}

ProxyHeaderRead read_words(std::string_view line, size_t size) {
  ProxyHeaderRead read{ProxyHeaderRead::Kind::Whole, size, {}, {}};
  const auto words = split(line, ' ');
  if (words[1] == "UNKNOWN") return read;
  if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6"))
    return malformed("the line is not TCP4 or TCP6, two addresses, two ports");
  const bool v6 = words[1] == "TCP6";
  const auto source = line_address(words[2], words[4], v6);
  const auto destination = line_address(words[3], words[5], v6);
  if (!source || !destination)
    return malformed("an address or a port in the line is none");
  read.header.addressed = true;
  read.header.source = *source;
  read.header.destination = *destination;
  return read;
}

ProxyHeaderRead read_v1(std::string_view bytes) {
  const std::string_view window = bytes.substr(0, kLongestLine);
  const size_t end = window.find('\n');
  if (end == std::string_view::npos)
    return window.size() < kLongestLine
               ? ProxyHeaderRead()
               : malformed("the line does not end within 107 octets");
  const std::string_view line = window.substr(0, end);
  if (!line.ends_with('\r')) return malformed("the line does not end in CRLF");
  if (has_control(line.substr(0, line.size() - 1)))
    return malformed("there is a control character in the line");
  return read_words(line.substr(0, line.size() - 1), end + 1);
}

std::string line_of(std::string_view family, const ProxyHeader& header) {
  std::string line(kWord);
  line.append(family).append(" ");
  line.append(header.source.ip()).append(" ");
  line.append(header.destination.ip()).append(" ");
  line.append(std::to_string(header.source.port())).append(" ");
  return line.append(std::to_string(header.destination.port())).append("\r\n");
}

// --- version 2 ---------------------------------------------------------------

Address address_at(std::string_view block, size_t at, size_t ip, size_t port) {
  std::vector<uint8_t> octets(ip);
  std::copy_n(block.begin() + static_cast<ptrdiff_t>(at), ip, octets.begin());
  return Address::of_octets(octets, be16(block, port));
}

// `whole` is the header and nothing behind it.
ProxyHeaderRead read_block(std::string_view whole) {
  ProxyHeaderRead read{ProxyHeaderRead::Kind::Whole, whole.size(), {}, {}};
  const bool local = (octet(whole, 12) & 0xf) == 0;
  if (local) return read;  // the rest "must be discarded"
  const auto* const family =
      std::ranges::find(kFamilies, octet(whole, 13), &Family::code);
  if (family == std::end(kFamilies))
    return malformed("the address family is none for TCP");
  std::string_view block = whole.substr(kFixed);
  if (block.size() < family->size)
    return malformed("it is too short for its addresses");
  const size_t ip = family->ip;
  if (ip != 0) {
    read.header.addressed = true;
    read.header.source = address_at(block, 0, ip, 2 * ip);
    read.header.destination = address_at(block, ip, ip, 2 * ip + 2);
  }
  const std::string_view problem =
      read_tlvs(whole, kFixed + family->size, read.header);
  return problem.empty() ? read : malformed(problem);
}

ProxyHeaderRead read_v2(std::string_view bytes) {
  if (bytes.size() <= kSignature.size()) return {};
  const uint8_t command = octet(bytes, kSignature.size());
  if (command >> 4 != 2) return malformed("its version is neither 1 nor 2");
  if ((command & 0xf) > 1) return malformed("it is neither LOCAL nor PROXY");
  if (bytes.size() < kFixed) return {};
  const size_t size = kFixed + be16(bytes, 14);
  return bytes.size() < size ? ProxyHeaderRead()
                             : read_block(bytes.substr(0, size));
}

void add_be16(std::string& out, size_t number) {
  out += static_cast<char>(number >> 8 & 0xff);
  out += static_cast<char>(number & 0xff);
}

// IPv4 stands as ::ffff:a.b.c.d beside an IPv6 address.
void add_ip(std::string& out, const Address& address, bool wide) {
  if (wide && !address.v6()) out.append("\0\0\0\0\0\0\0\0\0\0\xff\xff"sv);
  for (const uint8_t each : address.octets())
    out += static_cast<char>(each);
}

}  // namespace

ProxyHeaderRead read_proxy_header(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (begins(bytes, kWord))
    return bytes.size() < kWord.size() ? ProxyHeaderRead() : read_v1(bytes);
  if (begins(bytes, kSignature)) return read_v2(bytes);
  return {ProxyHeaderRead::Kind::Absent, 0, {}, {}};
}

bool looks_like_proxy_header(std::string_view bytes) {
  return bytes.starts_with(kWord) || bytes.starts_with(kSignature);
}

std::string proxy_header_v1(const ProxyHeader& header) {
  if (!header.addressed || header.source.v6() != header.destination.v6())
    return local_proxy_header_v1();
  return line_of(header.source.v6() ? "TCP6" : "TCP4", header);
}

std::string proxy_header_v2(const ProxyHeader& header) {
  if (!header.addressed) return local_proxy_header_v2();
  const bool wide = header.source.v6() || header.destination.v6();
  std::string block;
  add_ip(block, header.source, wide);
  add_ip(block, header.destination, wide);
  add_be16(block, header.source.port());
  add_be16(block, header.destination.port());
  block += write_tlvs(header);
  std::string out(kSignature);
  out += '\x21';
  out += wide ? '\x21' : '\x11';
  add_be16(out, block.size());
  return out + block;
}

std::string local_proxy_header_v1() {
  return "PROXY UNKNOWN\r\n";
}

std::string local_proxy_header_v2() {
  return std::string(kSignature).append("\x20\0\0\0"sv);
}

}  // namespace postern
