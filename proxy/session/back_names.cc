#include "proxy/session/back_names.h"

#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/sasl_external.h"
#include "proxy/protocol/sasl_scram.h"

namespace postern {
namespace {

Status impossible(const Credentials& who, std::string_view why) {
  return Error{Fault::Config,
               who.mechanism + " cannot be told that " + std::string(why)};
}

// The client's certificate has proved who it is, which we have to make the
// backend believe: by a master's password or by our own certificate.
Status prove_ourselves(Credentials& who, const BackSide& side) {
  who.authid.clear();
  if (side.master) {
    who.authid = side.master->name;
    who.secret = Secret(side.master->password.view());
    who.mechanism = "PLAIN";
    return Done{};
  }
  if (side.options.shows_certificate()) return Done{};
  return Error{Fault::Config,
               "EXTERNAL: these backends have neither master_user nor "
               "ssl_outgoing_cert_file"};
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
  if (who.mechanism == kExternal)
    if (Status proved = prove_ourselves(who, side); !proved) return proved;
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
