// Any octets at all as the beginning of a connection.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "proxy/base/ascii.h"
#include "proxy/protocol/identity.h"
#include "proxy/protocol/proxy_header.h"
#include "tests/fuzz/require.h"

using namespace postern;

namespace {

using Kind = ProxyHeaderRead::Kind;

bool same(const ProxyHeaderRead& a, const ProxyHeaderRead& b) {
  return a.kind == b.kind && a.size == b.size && a.problem == b.problem &&
         a.header.source == b.header.source &&
         a.header.destination == b.header.destination;
}

// A beginning of it, alone in memory of its own size.
ProxyHeaderRead read_part(std::string_view bytes, size_t size) {
  char* const copy = static_cast<char*>(std::malloc(std::max<size_t>(size, 1)));
  std::memcpy(copy, bytes.data(), size);
  ProxyHeaderRead read = read_proxy_header({copy, size});
  std::free(copy);
  return read;
}

void check_cuts(std::string_view bytes, const ProxyHeaderRead& whole) {
  // Every cut of short ones; of long ones, those around the interesting places.
  for (size_t size = 0; size <= bytes.size(); ++size) {
    if (size > 256 && size + 64 < bytes.size()) continue;
    const ProxyHeaderRead part = read_part(bytes, size);
    if (part.kind == Kind::More)
      fuzz::require(whole.kind == Kind::More || size < bytes.size(),
                    "the whole is no more than itself");
    else
      fuzz::require(same(part, whole), "more octets change nothing");
  }
}

void check_values(const ProxyHeader& header) {
  fuzz::require(header.authority.empty() || is_host_name(header.authority),
                "the host is a host");
  fuzz::require(header.unique_id.size() <= 128, "the id is short");
  fuzz::require(!has_control(header.alpn), "no controls in texts");
  if (!header.tls) return;
  fuzz::require(!has_control(header.tls->version) &&
                    !has_control(header.tls->cipher) &&
                    !has_control(header.tls->common_name),
                "no controls in texts");
}

// What was read can be told to the next one, who reads the same.
void check_again(const ProxyHeader& header) {
  const std::string out = proxy_header_v2(header);
  fuzz::require(out.size() < 1536, "what we write is short");
  const ProxyHeaderRead again = read_proxy_header(out);
  fuzz::require(again.kind == Kind::Whole && again.size == out.size(),
                "what we write is a header");
  if (!header.addressed) return;
  fuzz::require(again.header.source == header.source &&
                    again.header.destination == header.destination &&
                    again.header.authority == header.authority &&
                    again.header.ttl == header.ttl,
                "it says the same");
  const std::string line = proxy_header_v1(header);
  fuzz::require(read_proxy_header(line).kind == Kind::Whole,
                "the line is a header");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ProxyHeaderRead whole = read_proxy_header(bytes);
  check_cuts(bytes, whole);
  if (whole.kind != Kind::Whole) return 0;
  fuzz::require(whole.size > 0 && whole.size <= size, "it ends inside");
  fuzz::require(whole.size <= kLongestProxyHeader, "it is bounded");
  check_values(whole.header);
  check_again(whole.header);
  return 0;
}
