#include "proxy/protocol/masters.h"

#include <utility>

#include "proxy/protocol/sasl_external.h"

namespace postern {
namespace {

bool holds(std::string_view name, char separator) {
  return separator != '\0' && name.find(separator) != name.npos;
}

}  // namespace

SaslStep act_for(std::string_view authzid, SaslStep step, SaslRules rules) {
  Credentials& who = step.who;
  if (step.kind != SaslStep::Kind::Finished || authzid.empty() ||
      authzid == who.user)
    return step;
  const std::string_view reason = check_user(authzid, rules);
  if (!reason.empty()) return SaslStep::refused(reason);
  who.authid = std::exchange(who.user, std::string(authzid));
  return step;
}

std::string_view settle_names(Credentials& who, SaslRules rules) {
  // Who he is, his certificate says.
  const bool apart = !who.authid.empty() || who.mechanism == kExternal;
  if (!apart && holds(who.user, rules.separator)) {
    const size_t at = who.user.find(rules.separator);  // as Dovecot has it
    who.authid = who.user.substr(at + 1);
    who.user.resize(at);
    if (who.user.empty() || who.authid.empty()) return "empty user name";
  }
  if (!apart && who.authid.empty()) return {};
  // To drop a name silently would log in somebody the client did not ask for.
  if (!who.authid.empty() && !rules.for_others) return kForeignAuthzid;
  // The backend might make a third name of it.
  if (holds(who.user, rules.separator) || holds(who.authid, rules.separator))
    return "more than two user names";
  return {};
}

}  // namespace postern
