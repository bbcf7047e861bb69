// How a service talks to its backends: the port, TLS, and what it says there.
// A service has one way for all of them, and one of its own for each pool whose
// lines say otherwise.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/base/address.h"
#include "proxy/base/secret.h"
#include "proxy/net/source_addresses.h"
#include "proxy/protocol/protocols.h"
#include "proxy/session/notices.h"
#include "proxy/session/referral_hosts.h"
#include "proxy/tls/context.h"

namespace postern {

// How a backend learns whose login it is (client_identity).
enum class IdentityMode {
  Auto,     // ID or XCLIENT, where the backend shows that it understands it
  Id,       // so, and it should
  Xclient,  // the same
  Proxy,    // a PROXY header of version 2
  ProxyV1,
  None,
};

// Everything that may differ from pool to pool; proxy/config fills it.
struct BackSideOptions {
  uint16_t port = 0;  // of backends that name none; 0: by the TLS spoken
  bool implicit_tls = false;  // TLS from the first byte
  TlsClientOptions tls;
  BackOptions dialogue;  // STARTTLS among it
  IdentityMode identity = IdentityMode::Auto;
  std::vector<Address> sources;  // our addresses towards backends; none: any
  ReferralHosts referral_hosts;  // where they may send logins; none: nowhere
  // Between user and master, where backends want both as one name; '\0': they
  // take PLAIN with an authzid.
  char master_separator = '\0';
  // Who logs in for users that have shown a certificate instead of a password.
  std::string master_user;  // empty: nobody
  std::string master_password_file;

  bool can_tls() const {
    return implicit_tls || dialogue.upgrade != BackOptions::Upgrade::Never;
  }
  // Backends can see by our certificate who we are.
  bool shows_certificate() const { return can_tls() && !tls.cert_file.empty(); }
  uint16_t port_for(const Protocol& protocol) const;
};

struct MasterLogin {
  std::string name;
  Secret password;
};

// By name of the pool.
using PoolSides = std::map<std::string, BackSideOptions, std::less<>>;

// The same ready for use.  Part of a service, shared by all threads; a login
// keeps the one it began with.
struct BackSide {
  BackSideOptions options;                    // their port is never 0
  std::shared_ptr<const TlsContext> tls;      // if there is TLS at all
  std::shared_ptr<SourceAddresses> sources;   // nullptr: the system chooses
  std::shared_ptr<const MasterLogin> master;  // nullptr: there is none
  // Backends that got passwords without the TLS they were to offer.
  const std::shared_ptr<Notices> in_the_clear = std::make_shared<Notices>();

  // Fault::Config says what could not be opened.
  static Result<std::shared_ptr<const BackSide>> open(BackSideOptions options,
                                                      const Protocol& protocol);
};

}  // namespace postern
