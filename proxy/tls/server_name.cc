#include "proxy/tls/server_name.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

bool belongs_in_a_label(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

bool is_label(std::string_view label) {
  constexpr size_t kLongest = 63;  // RFC 1035 section 2.3.4
  return !label.empty() && label.size() <= kLongest &&
         std::all_of(label.begin(), label.end(), belongs_in_a_label);
}

// A number of two octets in front of so many others; empty if they are not
// there.
std::string_view take_counted(std::string_view& from) {
  if (from.size() < 2) return {};
  const auto octet = [&](size_t at) {
    return static_cast<size_t>(static_cast<unsigned char>(from[at]));
  };
  const size_t size = octet(0) << 8 | octet(1);
  from.remove_prefix(2);
  if (from.size() < size) return {};
  const std::string_view taken = from.substr(0, size);
  from.remove_prefix(size);
  return taken;
}

}  // namespace

std::optional<std::string> clean_host_name(std::string_view name) {
  constexpr size_t kLongest = 253;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kLongest) return std::nullopt;
  std::string clean = to_lower(name);
  for (const std::string_view label : split(clean, '.'))
    if (!is_label(label)) return std::nullopt;
  return clean;
}

std::string wildcard_for(std::string_view clean_name) {
  const size_t dot = clean_name.find('.');
  if (dot == std::string_view::npos) return {};
  return "*" + std::string(clean_name.substr(dot));
}

std::string_view server_name_of_hello(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) !=
      1)
    return {};
  std::string_view extension(reinterpret_cast<const char*>(bytes), size);
  std::string_view list = take_counted(extension);
  if (list.empty() || list.front() != TLSEXT_NAMETYPE_host_name) return {};
  list.remove_prefix(1);
  return take_counted(list);
}

}  // namespace postern
