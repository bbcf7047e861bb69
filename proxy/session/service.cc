#include "proxy/session/service.h"

#include <utility>

namespace postern {
namespace {

Status open_front_tls(Service& service, const Service* before) {
  if (service.front_can_tls()) {
    auto context = TlsContext::server(
        service.options.tls_front,
        before != nullptr ? before->front_tls.get() : nullptr);
    if (!context) return std::move(context).error();
    service.front_tls = std::move(*context);
  }
  return Done{};
}

Status open_backs(Service& service) {
  const ServiceOptions& options = service.options;
  auto usual = BackSide::open(options.back, *options.protocol);
  if (!usual) return std::move(usual).error();
  service.back = std::move(*usual);
  for (const auto& [pool, own] : options.pool_backs) {
    auto side = BackSide::open(own, *options.protocol);
    if (!side) return std::move(side).error().in("pool " + pool);
    service.pool_backs[pool] = std::move(*side);
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
    pool.name = options.name + "/outgoing_server";
    pool.backends = options.outgoing_servers;
    auto made = Pool::make(std::move(pool), service.memory);
    if (!made) return std::move(made).error();
    service.outgoing = std::move(*made);
  }
  return Done{};
}

}  // namespace

Result<std::shared_ptr<Service>> Service::open(ServiceOptions options,
                                               const Pools& pools,
                                               PoolMemory* memory,
                                               const Service* before) {
  auto service = std::make_shared<Service>(std::move(options));
  service->memory = memory;
  service->pools = pools;
  Status opened = open_front_tls(*service, before);
  if (opened) opened = open_backs(*service);
  if (opened) opened = open_lookup(*service);
  if (!opened)
    return std::move(opened).error().in("service " + service->options.name);
  return service;
}

bool Service::front_can_tls() const {
  return options.ssl.listen || options.ssl.starttls;
}

const std::shared_ptr<const BackSide>& Service::back_of(
    std::string_view pool) const {
  const auto own = pool_backs.find(pool);
  return own == pool_backs.end() ? back : own->second;
}

uint16_t Service::front_port() const {
  return options.listen_port != 0 ? options.listen_port
                                  : options.protocol->listen_port;
}

}  // namespace postern
