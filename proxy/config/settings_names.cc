// Settings of how a user's name is read.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

template <class Value, auto Member>
constexpr Kind kStates = kBitsKind<Value, &ServiceOptions::names, Member>;

const Setting kNamesSettings[] = {
    {"strip_domain", 'S', Scope::Service,
     kStates<NameStates, &NameOptions::strip_domain>,
     "cut the domain off the name in these states: servername_lookup, "
     "local_authentication, remote_login or all"},
    {"add_domain", 'A', Scope::Service,
     kStates<NameStatesAndDepth, &NameOptions::add_domain>,
     "add explicit_domain to a name without a domain in these states"},
    {"explicit_domain", 'e', Scope::Service,
     kKind<Name, &ServiceOptions::names, &NameOptions::explicit_domain>,
     "the domain that add_domain adds"},
    {"lower_case", 0, Scope::Service,
     kStates<NameStates, &NameOptions::lower_case>,
     "make the name lower case in these states"},
    {"domain_delimiter", 'D', Scope::Service,
     kKind<NonEmptyText, &ServiceOptions::names,
           &NameOptions::domain_delimiter>,
     "what stands between user and domain"},
    {"username_from_database", 'U', Scope::Service,
     kKind<Flag, &ServiceOptions::username_from_database>,
     "log in at the backend with the user name a map gives, if it gives one"},
    {"client_server_specification", 'c', Scope::Service,
     kKind<Flag, &ServiceOptions::client_server_specification>,
     "let a client choose its backend by a name like user@host:port; whoever "
     "can connect can then reach any host from here"},
};

}  // namespace

std::span<const Setting> name_settings() {
  return kNamesSettings;
}

}  // namespace postern
