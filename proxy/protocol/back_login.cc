#include "proxy/protocol/back_login.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "proxy/protocol/sasl_scram.h"
#include "proxy/protocol/word_list.h"

namespace postern {
namespace {

// As it is and as it stands in a quoted string look the same without them.
std::string without_backslashes(std::string_view text) {
  std::string kept(text.size(), '\0');
  const auto end =
      std::remove_copy(text.begin(), text.end(), kept.begin(), '\\');
  kept.resize(static_cast<size_t>(end - kept.begin()));
  return kept;
}

bool holds_password(std::string_view line, std::string_view password) {
  if (password.empty()) return false;  // none has been told
  std::string where = without_backslashes(line);
  std::string what = without_backslashes(password);
  const bool held = where.find(what) != where.npos;
  wipe(where);
  wipe(what);
  return held;
}

}  // namespace

Secret plain_response(const Credentials& who) {
  constexpr std::string_view kNul("\0", 1);
  Secret message;
  if (!who.authid.empty()) message.append(who.user);
  message.append(kNul);
  message.append(who.authid.empty() ? who.user : who.authid);
  message.append(kNul);
  message.append(who.secret.view());
  std::string base64 = base64_encode(message.view());
  return Secret::take(base64);
}

std::string quoted_reply(std::string_view line, const Credentials& who,
                         std::string_view response) {
  const Mechanism* relayed = relayed_mechanism(who);
  const Secret first =
      relayed == nullptr ? plain_response(who) : relayed_message(*relayed, who);
  std::string alone = base64_encode(who.secret.view());
  const Secret password = Secret::take(alone);
  const bool tells =
      holds_password(line, who.secret.view()) ||
      (!password.empty() && line.find(password.view()) != line.npos) ||
      line.find(first.view()) != line.npos ||
      (!response.empty() && line.find(response) != line.npos);
  return tells ? "a reply that repeats the password" : printable(line);
}

std::string relay_barrier(const Credentials& who, std::string_view offered) {
  const Mechanism* relayed = relayed_mechanism(who);
  if (relayed == nullptr && who.authid.empty()) return {};
  const std::string name(relayed != nullptr ? relayed->name : "PLAIN");
  const auto offers = [&](const std::string& wanted) {
    return has_word(offered, wanted);
  };
  if (!offers(name) && relayed == nullptr)
    return "does not offer PLAIN, which a master's login needs unless "
           "master_user_separator is set";
  if (!offers(name)) return "does not offer " + name;
  // The client would take what comes next for an attack, and rightly so.
  if (scram_expects_no_plus(who) && offers(name + "-PLUS"))
    return "offers " + name +
           "-PLUS too, which a client that could use it "
           "has not been offered by us";
  return {};
}

Secret relayed_message(const Mechanism& mechanism, const Credentials& who) {
  std::string base64 = base64_encode(mechanism.first_message(who).view());
  return Secret::take(base64);
}

Verdict not_offered(std::string barrier) {
  Verdict verdict;
  verdict.kind = Verdict::Kind::Refused;
  verdict.text = "Mechanism is not supported.";
  verdict.detail = std::move(barrier);
  return verdict;
}

Verdict called_off(const Mechanism& mechanism) {
  Verdict verdict;
  verdict.kind = mechanism.challenge_refuses ? Verdict::Kind::WrongPassword
                                             : Verdict::Kind::Cancelled;
  verdict.detail = "the client called it off";
  return verdict;
}

}  // namespace postern
