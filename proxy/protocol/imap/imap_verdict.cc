#include "proxy/protocol/imap/imap_verdict.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/protocol/imap/imap_capability.h"
#include "proxy/protocol/refusal.h"

namespace postern {
namespace {

using Kind = Verdict::Kind;
using Status = ImapResponse::Status;

constexpr size_t kLongestCode = 100;

struct Refusal {
  std::string_view code;
  Kind kind;
};
// A code that is not here, such as NONEXISTENT, could tell a stranger which
// users there are: it is taken for a wrong password.
constexpr Refusal kRefusals[] = {
    {"ALERT", Kind::Refused},
    {"AUTHENTICATIONFAILED", Kind::WrongPassword},
    {"AUTHORIZATIONFAILED", Kind::Refused},
    {"CANNOT", Kind::Refused},
    {"CLIENTBUG", Kind::Refused},
    {"CONTACTADMIN", Kind::Refused},
    {"CORRUPTION", Kind::Refused},
    {"EXPIRED", Kind::Refused},
    {"INUSE", Kind::Refused},
    {"LIMIT", Kind::Refused},
    {"NOPERM", Kind::Refused},
    {"OVERQUOTA", Kind::Refused},
    {"PRIVACYREQUIRED", Kind::Refused},
    // It would send the client past us, password and all.
    {"REFERRAL", Kind::Unavailable},
    {"SERVERBUG", Kind::Misconfigured},
    {"UNAVAILABLE", Kind::Unavailable},
};

// The word a code begins with.
std::string_view code_name(std::string_view code) {
  return code.substr(0, code.find(' '));
}

void read_referral(std::string_view code, Verdict& verdict) {
  verdict.referral = parse_imap_referral(code);
  if (!verdict.referral) verdict.detail = "malformed referral";
}

// The code if a client may see it as it is.
std::string fit_code(std::string_view code) {
  const bool fit = code.size() <= kLongestCode && plain_text(code) == code &&
                   !is_referral(code) &&
                   code.find('[') == std::string_view::npos;
  return std::string(fit ? code : std::string_view());
}

Verdict accepted(const ImapResponse& reply, std::string_view capabilities) {
  Verdict verdict;
  verdict.kind = Kind::Accepted;
  verdict.capabilities = client_capabilities(capabilities);
  if (reply.capabilities().empty())
    verdict.code = fit_code(reply.code);
  else if (!verdict.capabilities.empty())
    verdict.code = "CAPABILITY " + verdict.capabilities;
  verdict.text = plain_text(reply.text);
  if (is_referral(reply.code)) read_referral(reply.code, verdict);
  return verdict;
}

Verdict refused(const ImapResponse& reply) {
  Verdict verdict;
  const std::string_view name = code_name(reply.code);
  const auto* found = std::ranges::find_if(
      kRefusals, [&](const auto& each) { return same_text(each.code, name); });
  verdict.kind =
      found == std::end(kRefusals) ? Kind::WrongPassword : found->kind;
  if (is_referral(reply.code)) {
    read_referral(reply.code, verdict);
    return verdict;
  }
  if (found != std::end(kRefusals)) verdict.code = found->code;
  verdict.text = plain_text(reply.text);
  return verdict;
}

}  // namespace

Verdict imap_verdict(const ImapResponse& reply, std::string_view capabilities) {
  if (reply.status == Status::Ok) return accepted(reply, capabilities);
  if (reply.status == Status::No) return refused(reply);
  return {};  // BAD: it did not understand us
}

std::string imap_notice(const ImapResponse& line) {
  const bool told = line.status == Status::Ok || line.status == Status::No;
  const std::string code = fit_code(line.code);
  if (!told || code.size() != line.code.size()) return {};
  std::string notice = line.status == Status::Ok ? "* OK " : "* NO ";
  if (!code.empty()) notice += "[" + code + "] ";
  return notice + plain_text(line.text) + "\r\n";
}

}  // namespace postern
