// Settings of how the client's address and the like come through proxies: to
// us, and from us to the backends.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

const Setting kIdentitySettings[] = {
    {"trusted_networks", 0, Scope::Service,
     kKind<NetworkList, &ServiceOptions::trusted_networks>,
     "proxies in front of Postern whose word about their clients counts: PROXY "
     "headers, ID and XCLIENT; empty: nobody's"},
    {"accept_proxy_protocol", 0, Scope::Service,
     kKind<AcceptProxyName, &ServiceOptions::accept_proxy>,
     "whether connections begin with a PROXY header: off, optional (those from "
     "trusted_networks may) or required (all do, and come from there)"},
    {"proxy_protocol_timeout", 0, Scope::Service,
     kKind<Time<1>, &ServiceOptions::timeouts, &Timeouts::proxy_header>,
     "how long a PROXY header may take to come"},
    per_pool({"client_identity", 0, Scope::Service,
              kKind<IdentityModeName, &ServiceOptions::back,
                    &BackSideOptions::identity>,
              "how backends learn who the client is: auto (ID or XCLIENT where "
              "it is offered), id, xclient, proxy, proxy_v1 or none"}),
    per_pool(
        {"source_address", 0, Scope::Service,
         kKind<AddressList, &ServiceOptions::back, &BackSideOptions::sources>,
         "Postern's own addresses towards backends, used in turn; empty: "
         "the system chooses"}),
};

}  // namespace

std::span<const Setting> identity_settings() {
  return kIdentitySettings;
}

}  // namespace postern
