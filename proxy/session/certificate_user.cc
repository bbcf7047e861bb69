#include "proxy/session/certificate_user.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/protocol/sasl.h"
#include "proxy/session/user_name.h"

namespace postern {
namespace {

// They are looked up and told to backends as the same.
bool same_user(const std::string& one, const std::string& other,
               const NameOptions& names) {
  const auto same = [&](NameState state) {
    return name_for(state, one, names) == name_for(state, other, names);
  };
  return one == other || (same(kServernameLookup) && same(kRemoteLogin));
}

Error denied(std::string why) {
  return {Fault::Denied, "the client's certificate " + std::move(why)};
}

}  // namespace

std::vector<std::string> certificate_users(const TlsEngine& tls,
                                           const ServiceOptions& options) {
  std::vector<std::string> users = tls.client_names(options.certificate_user);
  SaslRules rules;
  rules.max_user = options.front.max_user;
  // One bad name makes all of them doubtful.
  const bool fit = std::ranges::all_of(users, [&](const std::string& user) {
    return check_user(user, rules).empty();
  });
  if (!fit) users.clear();
  return users;
}

Status name_by_certificate(Credentials& who,
                           const std::vector<std::string>& users,
                           const ServiceOptions& options) {
  if (users.empty()) return denied("names no user");
  if (who.user.empty()) {
    if (users.size() > 1)
      return denied("names several users, and the client has not said which");
    who.user = users.front();
    return Done{};
  }
  for (const std::string& user : users) {
    if (!same_user(user, who.user, options.names)) continue;
    who.user = user;  // as it is certified
    return Done{};
  }
  for (const std::string& master : options.certificate_masters) {
    if (std::ranges::find(users, master) == users.end()) continue;
    who.authid = master;
    return Done{};
  }
  return denied("is that of " + printable(users.front()) +
                ", who is not among sasl_external_masters");
}

}  // namespace postern
