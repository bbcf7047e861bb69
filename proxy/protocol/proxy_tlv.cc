#include "proxy/protocol/proxy_tlv.h"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.h"
#include "proxy/protocol/identity.h"
#include "proxy/protocol/network_order.h"

namespace postern {
namespace {

constexpr uint8_t kAlpn = 0x01;
constexpr uint8_t kAuthority = 0x02;
constexpr uint8_t kCrc32c = 0x03;
constexpr uint8_t kUniqueId = 0x05;
constexpr uint8_t kSsl = 0x20;
constexpr uint8_t kSslVersion = 0x21;
constexpr uint8_t kSslCommonName = 0x22;
constexpr uint8_t kSslCipher = 0x23;
// Of those free for anybody's use: nothing else in the header ends a loop of
// proxies.  Its value says whose it is, since others use the number as well.
constexpr uint8_t kTtl = 0xe7;
constexpr std::string_view kTtlMark = "ttl=";

constexpr uint8_t kClientTls = 1;
constexpr uint8_t kClientCertificate = 2;
constexpr uint8_t kClientCertificateOfSession = 4;

constexpr size_t kLongestUniqueId = 128;
constexpr size_t kLongestText = 255;  // octets of any other value we keep
constexpr uint64_t kLongestTtl = 255;

struct Tlv {
  uint8_t type;
  std::string_view value;
};

// Takes the first one off `left`; nothing if it is longer than what is left.
std::optional<Tlv> take_tlv(std::string_view& left) {
  if (left.size() < 3) return std::nullopt;
  const size_t size = be16(left, 1);
  if (left.size() < 3 + size) return std::nullopt;
  const Tlv tlv{octet(left, 0), left.substr(3, size)};
  left.remove_prefix(3 + size);
  return tlv;
}

// Castagnoli's, reflected.
constexpr std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}

void add_to_crc(uint32_t& crc, std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = crc_table();
  for (const char each : bytes)
    crc = crc >> 8 ^ kTable[(crc ^ static_cast<uint8_t>(each)) & 0xff];
}

// Of `whole`, with its own place taken for zeroes.
bool crc_fits(std::string_view whole, std::string_view value) {
  const auto at = static_cast<size_t>(value.data() - whole.data());
  uint32_t crc = ~0U;
  add_to_crc(crc, whole.substr(0, at));
  add_to_crc(crc, std::string(value.size(), '\0'));
  add_to_crc(crc, whole.substr(at + value.size()));
  return ~crc == be32(value, 0);
}

// What would be odd in a log or a certificate is not kept.
std::string text_of(std::string_view value) {
  const bool fit = value.size() <= kLongestText && !has_control(value);
  return std::string(fit ? value : std::string_view());
}

std::string_view read_ssl(std::string_view value, ProxyHeader& header) {
  if (value.size() < 5) return "its SSL value is too short";
  ProxyTls tls;
  const uint8_t client = octet(value, 0);
  tls.tls = (client & kClientTls) != 0;
  tls.certificate =
      (client & (kClientCertificate | kClientCertificateOfSession)) != 0;
  tls.verify = be32(value, 1);
  for (std::string_view left = value.substr(5); !left.empty();) {
    const auto part = take_tlv(left);
    if (!part) return "a value in its SSL value is longer than what is left";
    if (part->type == kSslVersion) tls.version = text_of(part->value);
    if (part->type == kSslCommonName) tls.common_name = text_of(part->value);
    if (part->type == kSslCipher) tls.cipher = text_of(part->value);
  }
  header.tls = std::move(tls);
  return {};
}

void read_ttl(std::string_view value, ProxyHeader& header) {
  if (!value.starts_with(kTtlMark)) return;
  const auto ttl = parse_number(value.substr(kTtlMark.size()), kLongestTtl);
  if (ttl) header.ttl = static_cast<int>(*ttl);
}

std::string_view read_tlv(const Tlv& tlv, std::string_view whole,
                          ProxyHeader& header) {
  switch (tlv.type) {
    case kAlpn:
      header.alpn = text_of(tlv.value);
      return {};
    case kAuthority:
      if (is_host_name(tlv.value)) header.authority = tlv.value;
      return {};
    case kCrc32c:
      if (tlv.value.size() == 4 && crc_fits(whole, tlv.value)) return {};
      return "its checksum is wrong";
    case kUniqueId:
      if (tlv.value.size() > kLongestUniqueId)
        return "its unique id is longer than 128 octets";
      header.unique_id = tlv.value;
      return {};
    case kSsl:
      return read_ssl(tlv.value, header);
    case kTtl:
      read_ttl(tlv.value, header);
      return {};
    default:
      return {};
  }
}

void add_tlv(std::string& out, uint8_t type, std::string_view value) {
  if (value.empty() || value.size() > kLongestText) return;
  out += static_cast<char>(type);
  out += '\0';
  out += static_cast<char>(value.size());
  out += value;
}

std::string ssl_value(const ProxyTls& tls) {
  std::string value;
  value += static_cast<char>((tls.tls ? kClientTls : 0) |
                             (tls.certificate ? kClientCertificate : 0));
  for (unsigned shift = 32; shift != 0; shift -= 8)
    value += static_cast<char>(tls.verify >> (shift - 8) & 0xff);
  add_tlv(value, kSslVersion, tls.version);
  if (tls.verify == 0) add_tlv(value, kSslCommonName, tls.common_name);
  add_tlv(value, kSslCipher, tls.cipher);
  return value;
}

// As add_tlv() for a value of values, which may be longer.
void add_ssl(std::string& out, const ProxyTls& tls) {
  const std::string value = ssl_value(tls);
  out += static_cast<char>(kSsl);
  out += static_cast<char>(value.size() >> 8);
  out += static_cast<char>(value.size() & 0xff);
  out += value;
}

}  // namespace

std::string_view read_tlvs(std::string_view whole, size_t at,
                           ProxyHeader& header) {
  for (std::string_view left = whole.substr(at); !left.empty();) {
    const auto tlv = take_tlv(left);
    if (!tlv) return "a value is longer than what is left";
    const std::string_view problem = read_tlv(*tlv, whole, header);
    if (!problem.empty()) return problem;
  }
  return {};
}

std::string write_tlvs(const ProxyHeader& header) {
  std::string out;
  add_tlv(out, kAlpn, header.alpn);
  if (is_host_name(header.authority))
    add_tlv(out, kAuthority, header.authority);
  if (header.unique_id.size() <= kLongestUniqueId)
    add_tlv(out, kUniqueId, header.unique_id);
  if (header.ttl)
    add_tlv(out, kTtl, std::string(kTtlMark) + std::to_string(*header.ttl));
  if (header.tls) add_ssl(out, *header.tls);
  return out;
}

}  // namespace postern
