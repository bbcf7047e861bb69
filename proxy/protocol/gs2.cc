#include "proxy/protocol/gs2.h"

namespace postern {

std::optional<Gs2Header> read_gs2(std::string_view message) {
  Gs2Header header;
  if (message.size() < 3 || message[1] != ',') return std::nullopt;
  header.flag = message[0];
  if (header.flag != 'n' && header.flag != 'y') return std::nullopt;
  message.remove_prefix(2);
  const size_t end = message.find(',');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view name = message.substr(0, end);
  if (!name.empty()) {
    if (!name.starts_with("a=") || name.size() == 2) return std::nullopt;
    auto decoded = decode_saslname(name.substr(2));
    if (!decoded) return std::nullopt;
    header.authzid = std::move(*decoded);
  }
  header.rest = message.substr(end + 1);
  return header;
}

std::optional<std::string> decode_saslname(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    size_t taken = 1;
    if (text.front() == ',') return std::nullopt;
    if (text.front() != '=') {
      name += text.front();
    } else {
      const std::string_view escape = text.substr(0, 3);
      if (escape != "=2C" && escape != "=3D") return std::nullopt;
      name += escape == "=2C" ? ',' : '=';
      taken = escape.size();
    }
    text.remove_prefix(taken);
  }
  return name;
}

std::string encode_saslname(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == ',')
      text += "=2C";
    else if (c == '=')
      text += "=3D";
    else
      text += c;
  }
  return text;
}

}  // namespace postern
