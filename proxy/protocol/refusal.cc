#include "proxy/protocol/refusal.h"

#include <algorithm>

namespace postern {
namespace {

constexpr size_t kMaxText = 400;  // a POP3 reply has 512 octets in all

constexpr std::string_view kHttpMethods[] = {
    "GET",     "POST",    "HEAD",  "PUT",   "DELETE",
    "OPTIONS", "CONNECT", "TRACE", "PATCH", "PRI"};

bool visible(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

std::string_view verdict_text(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::Accepted:
      return "Logged in.";
    case Verdict::Kind::WrongPassword:
      return "Authentication failed.";
    case Verdict::Kind::Refused:
      return "Login refused.";
    case Verdict::Kind::Unavailable:
      return "Account is temporarily unavailable.";
    case Verdict::Kind::Misconfigured:
      return "Account is not set up properly, tell the administrator.";
    case Verdict::Kind::Disabled:
      return "Logins are disabled.";
    case Verdict::Kind::Cancelled:
      return "Authentication cancelled.";
  }
  return {};
}

std::string_view farewell_text(Farewell why) {
  switch (why) {
    case Farewell::Shutdown:
      return "Server is shutting down.";
    case Farewell::TooSlow:
      return "Too much time passed without a login.";
    case Farewell::TooMany:
      return "Too many connections, try again later.";
  }
  return {};
}

std::string plain_text(std::string_view text) {
  std::string plain(text.substr(0, kMaxText));
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return !visible(c); }, '?');
  return plain;
}

bool looks_like_http(std::string_view line) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return false;
  return std::ranges::find(kHttpMethods, line.substr(0, blank)) !=
         std::end(kHttpMethods);
}

}  // namespace postern
