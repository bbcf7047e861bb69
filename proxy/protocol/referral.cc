#include "proxy/protocol/referral.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/protocol/identity.h"

namespace postern {
namespace {

constexpr std::string_view kCode = "REFERRAL";
constexpr std::string_view kScheme = "imap://";
constexpr std::string_view kAuth = ";AUTH=";

// RFC 5092's achar, but for what is encoded by "%".
bool stands_for_itself(char c) {
  constexpr std::string_view kMarks = "-._~!$'()*+,&=";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Nothing unless it is 1*achar (RFC 5092 section 11) of visible meaning.
std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    char c = text.front();
    size_t used = 1;
    if (c == '%') {
      if (text.size() < 3) return std::nullopt;
      const int high = hex_digit(text[1]);
      const int low = hex_digit(text[2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      used = 3;
    } else if (!stands_for_itself(c)) {
      return std::nullopt;
    }
    decoded += c;
    text.remove_prefix(used);
  }
  if (decoded.empty() || has_control(decoded)) return std::nullopt;
  return decoded;
}

// Only what can be resolved and verified: a DNS name or an address.
std::optional<Endpoint> server(std::string_view text) {
  auto where = Endpoint::parse(text);
  if (!where) return std::nullopt;
  const bool address = Address::parse(where->host, 0).has_value();
  const bool bracketed = text.starts_with('[');
  if (address && bracketed != (where->host.find(':') != std::string::npos))
    return std::nullopt;
  if (!address && !is_host_name(where->host)) return std::nullopt;
  where->host = to_lower(where->host);
  return where;
}

// iuserinfo = enc-user [iauth] / [enc-user] iauth
bool read_user_info(std::string_view text, Referral& into) {
  const size_t semicolon = text.find(';');
  const std::string_view user = text.substr(0, semicolon);
  if (!user.empty()) {
    auto decoded = decode(user);
    if (!decoded) return false;
    into.user = std::move(*decoded);
  }
  if (semicolon == text.npos) return !user.empty();
  const std::string_view auth = text.substr(semicolon);
  if (!starts_with_text(auth, kAuth)) return false;
  auto mechanism = decode(auth.substr(kAuth.size()));
  if (!mechanism) return false;
  into.mechanism = std::move(*mechanism);
  return true;
}

}  // namespace

bool is_referral(std::string_view code) {
  if (!starts_with_text(code, kCode)) return false;
  return code.size() == kCode.size() || code[kCode.size()] == ' ' ||
         code[kCode.size()] == '/';
}

size_t end_of_code(std::string_view text) {
  size_t end = text.find(']');
  if (end == text.npos || !is_referral(text.substr(1, end - 1))) return end;
  const size_t inner = text.find('[', 1);
  if (inner < end) end = text.find(']', end + 1);
  return end;
}

std::optional<Referral> parse_imap_referral(std::string_view code) {
  std::string_view rest =
      trim(code.substr(std::min(kCode.size(), code.size())));
  if (!starts_with_text(rest, kScheme)) return std::nullopt;
  rest.remove_prefix(kScheme.size());
  const size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  if (slash != rest.npos && slash + 1 != rest.size()) return std::nullopt;
  Referral referral;
  const size_t at = authority.find('@');
  if (at != authority.npos &&
      !read_user_info(authority.substr(0, at), referral))
    return std::nullopt;
  auto where =
      server(at == authority.npos ? authority : authority.substr(at + 1));
  if (!where) return std::nullopt;
  referral.where = std::move(*where);
  return referral;
}

std::optional<Referral> parse_pop3_referral(std::string_view code) {
  std::string_view rest = code.substr(std::min(kCode.size(), code.size()));
  if (!rest.starts_with('/')) return std::nullopt;
  rest.remove_prefix(1);
  const size_t at = rest.rfind('@');  // names of users have one too
  Referral referral;
  if (at != rest.npos) referral.user = rest.substr(0, at);
  if (has_control(referral.user)) return std::nullopt;
  auto where = server(at == rest.npos ? rest : rest.substr(at + 1));
  if (!where) return std::nullopt;
  referral.where = std::move(*where);
  return referral;
}

}  // namespace postern
