// Settings of a service: what it speaks, and where it listens.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

constexpr Kind kProtocol = {
    ProtocolName::kPlaceholder,
    set_value<ProtocolName, &ServiceOptions::protocol>, [](const Draft& draft) {
      const Protocol* protocol = draft.service.protocol;
      return protocol != nullptr ? std::vector{ProtocolName::print(protocol)}
                                 : std::vector<std::string>();
    }};

const Setting kListeningSettings[] = {
    {"protocol", 'P', Scope::Service, kProtocol,
     "IMAP4, IMAP4S, POP3 or POP3S; every service needs one"},
    {"bind_address", 'b', Scope::Service,
     kKind<EndpointList, &ServiceOptions::listen>,
     "where to listen; empty: every IPv4 and IPv6 address"},
    {"listen_port", 'l', Scope::Service,
     kKind<Port, &ServiceOptions::listen_port>,
     "port to listen on where bind_address names none; empty: the protocol's"},
    {"tcp_keepalive", 0, Scope::Service,
     kKind<Flag, &ServiceOptions::tcp_keepalive>,
     "ask peers that were silent for long whether they are still there"},
    {"tcp_keepalive_time", 0, Scope::Service,
     kKind<WholeSeconds<1>, &ServiceOptions::keepalive_seconds>,
     "silence after which tcp_keepalive asks for the first time"},
};

}  // namespace

std::span<const Setting> listening_settings() {
  return kListeningSettings;
}

}  // namespace postern
