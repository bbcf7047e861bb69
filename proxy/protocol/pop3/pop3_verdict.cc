#include "proxy/protocol/pop3/pop3_verdict.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/protocol/referral.h"
#include "proxy/protocol/refusal.h"

namespace postern {
namespace {

using Kind = Verdict::Kind;

struct Status {
  std::string_view word;
  Pop3Reply::Kind kind;
};

constexpr Status kStatuses[] = {
    {"+OK", Pop3Reply::Kind::Ok},
    {"-ERR", Pop3Reply::Kind::Err},
    {"+", Pop3Reply::Kind::Continue},
};

struct Meaning {
  std::string_view code;
  Kind kind;
  bool pass_text;
};

// A code that is not here could tell a stranger which users there are, and is
// none that clients were promised (RFC 2449 section 6.4): it is taken for a
// wrong password, as one without a code is.
constexpr Meaning kMeanings[] = {
    {"IN-USE", Kind::Refused, true},
    {"LOGIN-DELAY", Kind::Refused, true},
    {"AUTH", Kind::WrongPassword, false},
    {"SYS/TEMP", Kind::Unavailable, true},
    {"SYS/PERM", Kind::Misconfigured, true},
    // The mailbox is elsewhere, so our map is wrong.  Passed on, the code would
    // send the client there with its password.
    {"REFERRAL", Kind::Misconfigured, false},
};

constexpr size_t kLongestCode = 64;
constexpr size_t kLongestReferral = 512;  // it has names in it

// Codes are hierarchical: "SYS/TEMP/DISK" is a "SYS/TEMP" (RFC 2449 section 8).
bool falls_under(std::string_view code, std::string_view family) {
  return starts_with_text(code, family) &&
         (code.size() == family.size() || code[family.size()] == '/');
}

// Of "[code] text"; empty if it has none that could be passed on.
std::string_view leading_code(std::string_view text) {
  if (!text.starts_with('[')) return {};
  const size_t end = end_of_code(text);
  if (end == text.npos) return {};
  const std::string_view code = text.substr(1, end - 1);
  if (code.size() > (is_referral(code) ? kLongestReferral : kLongestCode))
    return {};
  const bool plain = std::all_of(code.begin(), code.end(),
                                 [](char c) { return c > ' ' && c <= '~'; });
  return plain ? code : std::string_view();
}

}  // namespace

Pop3Reply Pop3Reply::read(std::string_view line) {
  const size_t blank = line.find(' ');
  const std::string_view word = line.substr(0, blank);
  const std::string_view text =
      blank == line.npos ? std::string_view() : line.substr(blank + 1);
  for (const Status& status : kStatuses)
    if (same_text(word, status.word)) return {status.kind, text};
  return {Kind::Garbage, line};
}

Verdict pop3_login_refused(std::string_view text) {
  Verdict verdict;
  verdict.kind = Kind::WrongPassword;
  const std::string_view code = leading_code(text);
  const auto* const meaning =
      std::ranges::find_if(kMeanings, [&](const Meaning& candidate) {
        return falls_under(code, candidate.code);
      });
  if (meaning == std::end(kMeanings)) return verdict;
  verdict.kind = meaning->kind;
  if (is_referral(code)) {
    verdict.referral = parse_pop3_referral(code);
    if (!verdict.referral) verdict.detail = "malformed referral";
  }
  if (!meaning->pass_text) return verdict;
  verdict.code = code;
  verdict.text = plain_text(trim(text.substr(code.size() + 2)));
  return verdict;
}

}  // namespace postern
