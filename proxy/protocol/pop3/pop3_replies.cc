#include "proxy/protocol/pop3/pop3_replies.h"

#include "proxy/base/ascii.h"
#include "proxy/protocol/refusal.h"

namespace postern {
namespace {

constexpr std::string_view kDefaultCapabilities =
    "TOP.UIDL.RESP-CODES.AUTH-RESP-CODE.PIPELINING";
constexpr std::string_view kOldSeparator = "  ";

// Perdition's pop_capability: entries lie between dots or, if there is no dot,
// between double blanks.
std::vector<std::string_view> entries(std::string_view list) {
  if (list.find('.') != list.npos) return split(list, '.');
  std::vector<std::string_view> all;
  for (;;) {
    const size_t end = list.find(kOldSeparator);
    all.push_back(list.substr(0, end));
    if (end == list.npos) return all;
    list.remove_prefix(end + kOldSeparator.size());
  }
}

bool follows_the_truth(std::string_view entry) {
  const std::string_view word = entry.substr(0, entry.find(' '));
  return same_text(word, "STLS") || same_text(word, "USER") ||
         same_text(word, "SASL");
}

// RFC 3206 knows whose fault it is; only a refusal has a code of its own.
std::string_view code(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::WrongPassword:
      return "AUTH";
    case Verdict::Kind::Unavailable:
      return "SYS/TEMP";
    case Verdict::Kind::Misconfigured:
    case Verdict::Kind::Disabled:
      return "SYS/PERM";
    default:
      return verdict.code;
  }
}

}  // namespace

std::vector<std::string> pop3_capabilities(const FrontOptions& options,
                                           bool secure, bool logins) {
  std::vector<std::string> lines;
  const std::string_view list = options.capability.empty()
                                    ? kDefaultCapabilities
                                    : std::string_view(options.capability);
  for (const std::string_view entry : entries(list))
    if (!trim(entry).empty() && !follows_the_truth(trim(entry)))
      lines.emplace_back(trim(entry));
  if (logins) {
    lines.emplace_back("USER");
    std::string sasl;
    for (const std::string& mechanism : options.mechanisms)
      sasl += " " + mechanism;
    if (!sasl.empty()) lines.push_back("SASL" + sasl);
  }
  if (options.offer_tls && !secure) lines.emplace_back("STLS");
  return lines;
}

std::string pop3_refusal(const Verdict& verdict, bool pass_backend_text) {
  // A wrong password always reads the same: the backend's words may tell
  // whether there is such a user.
  const bool theirs = pass_backend_text && !verdict.text.empty() &&
                      verdict.kind != Verdict::Kind::WrongPassword;
  std::string line = "-ERR ";
  if (!code(verdict).empty()) line += "[" + std::string(code(verdict)) + "] ";
  return line.append(theirs ? std::string_view(verdict.text)
                            : verdict_text(verdict.kind));
}

}  // namespace postern
