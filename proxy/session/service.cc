#include "proxy/session/service.h"

#include <utility>

namespace postern {
namespace {

Status open_tls(Service& service) {
  if (service.front_can_tls()) {
    auto context = TlsContext::server(service.options.tls_front);
    if (!context) return std::move(context).error();
    service.front_tls = std::move(*context);
  }
  if (service.back_can_tls()) {
    auto context = TlsContext::client(service.options.tls_back);
    if (!context) return std::move(context).error();
    service.back_tls = std::move(*context);
  }
  return Done{};
}

Status open_lookup(Service& service) {
  const ServiceOptions& options = service.options;
  if (!options.lookup.maps.empty()) {
    auto chain = Chain::open(options.lookup);
    if (!chain) return std::move(chain).error();
    service.chain = std::move(*chain);
  }
  if (!options.outgoing_servers.empty()) {
    PoolOptions pool;
    pool.name = "outgoing_server";
    pool.backends = options.outgoing_servers;
    auto made = Pool::make(std::move(pool));
    if (!made) return std::move(made).error();
    service.outgoing = std::move(*made);
  }
  return Done{};
}

}  // namespace

Result<std::shared_ptr<Service>> Service::open(ServiceOptions options,
                                               const Pools& pools) {
  auto service = std::make_shared<Service>(std::move(options));
  service->pools = pools;
  Status opened = open_tls(*service);
  if (opened) opened = open_lookup(*service);
  if (!opened)
    return std::move(opened).error().in("service " + service->options.name);
  return service;
}

bool Service::front_can_tls() const {
  return options.ssl.listen || options.ssl.starttls;
}

bool Service::back_can_tls() const {
  return options.ssl.outgoing || options.ssl.outgoing_starttls;
}

uint16_t Service::back_port() const {
  if (options.outgoing_port != 0) return options.outgoing_port;
  // Not by the protocol's name, as Perdition has it: IMAP4S with ssl_listen
  // speaks plaintext to the backend and would hang on its TLS port.
  return options.ssl.outgoing ? options.protocol->tls_port
                              : options.protocol->clear_port;
}

uint16_t Service::front_port() const {
  return options.listen_port != 0 ? options.listen_port
                                  : options.protocol->listen_port;
}

}  // namespace postern
