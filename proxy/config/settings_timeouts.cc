// Settings of how long things may take.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

template <auto Member>
constexpr Kind kTimeout = kKind<Time<>, &ServiceOptions::timeouts, Member>;
// Without an end a client would wait for ever on a backend's account.
template <auto Member>
constexpr Kind kFinite = kKind<Time<1>, &ServiceOptions::timeouts, Member>;

const Setting kTimeoutsSettings[] = {
    {"authenticate_timeout", 0, Scope::Service, kTimeout<&Timeouts::login>,
     "from accepting a connection to a successful login, all in all; 0: no "
     "limit"},
    {"ssl_handshake_timeout", 0, Scope::Service, kTimeout<&Timeouts::handshake>,
     "one TLS handshake; 0: no limit"},
    {"connect_timeout", 0, Scope::Service, kFinite<&Timeouts::connect>,
     "reaching a backend: its name, the connection, TLS and its greeting"},
    {"backend_login_timeout", 0, Scope::Service, kFinite<&Timeouts::back_login>,
     "a backend's verdict on a login, once it has greeted"},
    {"timeout", 't', Scope::Service, kTimeout<&Timeouts::idle>,
     "after the login: no byte either way; 0: no limit"},
    {"close_timeout", 0, Scope::Service, kFinite<&Timeouts::linger>,
     "how long a goodbye may take to leave"},
    {"auth_failure_delay", 0, Scope::Service,
     kKind<Time<>, &ServiceOptions::failure_delay_ms>,
     "wait before a wrong password is answered"},
    {"connect_relog", 0, Scope::Service,
     kKind<WholeSeconds<>, &ServiceOptions::relog_seconds>,
     "repeat the login's log line during the session after every such time; "
     "0: never"},
};

}  // namespace

std::span<const Setting> timeout_settings() {
  return kTimeoutsSettings;
}

}  // namespace postern
