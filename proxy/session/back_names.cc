#include "proxy/session/back_names.h"

#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/sasl_scram.h"

namespace postern {
namespace {

Status impossible(const Credentials& who, std::string_view why) {
  return Error{Fault::Config,
               who.mechanism + " cannot be told that " + std::string(why)};
}

// Both names are in the message of the client, which nobody can change.
Status name_as_proved(Credentials& who, char written, char wanted) {
  if (!scram_names_both(who) && written != wanted)
    return impossible(who,
                      "a master logs in: master_user_separator of the pool is "
                      "not the one the client has used");
  return Done{};
}

Status name_both(Credentials& who, char separator) {
  if (separator == '\0') {
    if (relayed_mechanism(who) == nullptr) return Done{};  // PLAIN can
    return impossible(who,
                      "a master logs in: master_user_separator is not set");
  }
  who.user += separator;
  who.user += who.authid;
  who.authid.clear();
  return Done{};
}

}  // namespace

Status name_for_backend(Credentials& who, const Service& service,
                        const BackSide& side) {
  const char separator = side.options.master_separator;
  const Mechanism* relayed = relayed_mechanism(who);
  if (relayed != nullptr && relayed->binds_name && !who.authid.empty())
    return name_as_proved(who, service.options.front.master_separator,
                          separator);
  // The backend would take it for the names of a user and a master, and open
  // the mail of somebody else than it was routed for.
  if (separator != '\0' && who.user.find(separator) != who.user.npos)
    return Error{Fault::Denied,
                 std::string("the name holds '") + separator +
                     "', which separates a user and a master at the backend"};
  return who.authid.empty() ? Status(Done{}) : name_both(who, separator);
}

}  // namespace postern
