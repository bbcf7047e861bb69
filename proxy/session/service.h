// What one service (one file in conf.d/) is: where it listens, what it speaks,
// and how its sessions behave.  Plain values; proxy/config fills them.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/pool.h"
#include "backends/pool_memory.h"
#include "lookup/chain.h"
#include "proxy/base/address.h"
#include "proxy/base/netmask.h"
#include "proxy/protocol/protocols.h"
#include "proxy/session/back_side.h"
#include "proxy/session/offers.h"
#include "proxy/session/user_name.h"
#include "proxy/tls/context.h"

namespace postern {

// Perdition's ssl_mode words, after OR-ing.  What those of the backend side
// come to stands in BackSideOptions.
struct SslMode {
  bool listen = false;                   // ssl_listen: TLS from the first byte
  bool outgoing = false;                 // ssl_outgoing
  bool starttls = false;                 // tls_listen: offered
  bool starttls_force = false;           // tls_listen_force: no login before it
  bool outgoing_starttls = false;        // tls_outgoing: if offered
  bool outgoing_starttls_force = false;  // tls_outgoing_force
};

// Whether connections begin with a PROXY header (accept_proxy_protocol).
enum class AcceptProxy {
  Off,
  Optional,  // those from trusted_networks may
  Required,  // all do, and come from there
};

// Milliseconds; 0 means no limit.
struct Timeouts {
  int login = 60000;        // accept to successful login, absolute
  int handshake = 15000;    // of one TLS handshake
  int proxy_header = 3000;  // accept to the end of a PROXY header
  int connect = 10000;      // backend: name, connect, TLS and greeting
  int back_login = 30000;   // backend: greeting to verdict
  int idle = 2100000;  // spliced, no byte either way (IMAP needs >= 30 min)
  int lookup = 5000;   // one map's answer
  int linger = 5000;   // for a goodbye to leave before we close
};

struct SessionLimits {
  int connections = 0;         // of this service in all; 0: no limit
  int logging_in_per_ip = 20;  // not yet logged in, one client address
  size_t watermark = 65536;    // unsent octets that pause the other reader
};

struct ServiceOptions {
  std::string name;  // file name without ".conf"; unique
  const Protocol* protocol = nullptr;
  std::vector<Endpoint> listen;  // empty: [::] and 0.0.0.0 at the default port
  uint16_t listen_port = 0;      // 0: by protocol and ssl_mode
  AcceptProxy accept_proxy = AcceptProxy::Off;
  Networks trusted_networks;  // proxies whose word about clients counts

  SslMode ssl;
  TlsServerOptions tls_front;
  FrontOptions front;
  BackSideOptions back;
  PoolSides pool_backs;  // where a pool's lines differ from `back`

  ChainOptions lookup;
  std::vector<BackendOptions> outgoing_servers;
  NameOptions names;
  // SASL EXTERNAL: where a certificate names its user, and which of those may
  // log in as anybody.
  CertificateField certificate_user = CertificateField::CommonName;
  std::vector<std::string> certificate_masters;
  bool username_from_database = false;
  bool client_server_specification = false;

  Timeouts timeouts;
  SessionLimits limits;
  int failure_delay_ms = 2000;  // before a wrong password is answered
  bool tcp_keepalive = true;
  int keepalive_seconds = 240;  // idle time before the first probe
  int relog_seconds = 0;        // connect_relog: repeat the Auth line; 0: never
};

// Of one service over all threads, also those of configurations before this
// one.
struct SessionCounts {
  std::atomic<int> open = 0;
  std::atomic<int> logged_in = 0;
  std::atomic<uint64_t> logins = 0;    // since the start
  std::atomic<uint64_t> failures = 0;  // logins that were refused
};

// A service ready to serve: its options with everything they name opened.
// Part of the configuration snapshot, shared by all threads; sessions keep the
// one they began with.
struct Service {
  explicit Service(ServiceOptions wanted)
      : shared_options(
            std::make_shared<const ServiceOptions>(std::move(wanted))),
        options(*shared_options) {}

  // Sessions hold on to these for hours, but to the rest, with its files and
  // threads, only until they have logged in.
  const std::shared_ptr<const ServiceOptions> shared_options;
  const ServiceOptions& options;
  std::shared_ptr<SessionCounts> counts = std::make_shared<SessionCounts>();

  std::shared_ptr<const TlsContext> front_tls;  // if it can do TLS at all
  std::shared_ptr<const BackSide> back;
  std::map<std::string, std::shared_ptr<const BackSide>, std::less<>>
      pool_backs;
  std::shared_ptr<Chain> chain;    // nullptr: no maps
  std::shared_ptr<Pool> outgoing;  // outgoing_server; nullptr: none
  Pools pools;
  // What backends have shown of themselves since this configuration.
  const std::shared_ptr<Offers> offers = std::make_shared<Offers>();
  PoolMemory* memory = nullptr;  // outlives it; nullptr: a test

  // Fault::Config says what could not be opened.  `before`: the same service
  // of the configuration that this one replaces.
  static Result<std::shared_ptr<Service>> open(ServiceOptions options,
                                               const Pools& pools,
                                               PoolMemory* memory = nullptr,
                                               const Service* before = nullptr);

  bool front_can_tls() const;
  // How the backends of this pool are talked to; "" is a host on its own.
  const std::shared_ptr<const BackSide>& back_of(std::string_view pool) const;
  uint16_t front_port() const;
};

}  // namespace postern
