#include "proxy/server/snapshot.h"

#include <algorithm>
#include <ifaddrs.h>
#include <netdb.h>
#include <unistd.h>
#include <utility>

namespace postern {
namespace {

Result<std::vector<Address>> resolve(const Endpoint& where, uint16_t port) {
  if (const auto literal = Address::parse(where.host, port))
    return std::vector<Address>{*literal};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error =
          getaddrinfo(where.host.c_str(), nullptr, &hints, &found);
      error != 0)
    return Error{Fault::Config,
                 "bind_address " + where.host + ": " + gai_strerror(error)};
  std::vector<Address> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next)
    addresses.push_back(Address::from(each->ai_addr).with_port(port));
  freeaddrinfo(found);
  return addresses;
}

bool has_ipv6() {
  const int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  close(probe);
  return true;
}

// All addresses of this machine, for listeners on "any".
std::vector<Address> machine_addresses() {
  std::vector<Address> addresses;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return addresses;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const int family = each->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6)
      addresses.push_back(Address::from(each->ifa_addr));
  }
  freeifaddrs(all);
  return addresses;
}

Status open_pools(Snapshot& snapshot, Director& director) {
  for (const PoolOptions& options : snapshot.options.pools) {
    PoolOptions wanted = options;
    if (!wanted.user_expire_ms)
      wanted.user_expire_ms = snapshot.options.director.user_expire_ms;
    auto pool = Pool::make(std::move(wanted), &director.memory());
    if (!pool) return std::move(pool).error();
    snapshot.pools[options.name] = std::move(*pool);
  }
  return Done{};
}

const Service* same_service(const Snapshot* before, const std::string& name) {
  if (before == nullptr) return nullptr;
  const auto found = std::find_if(
      before->services.begin(), before->services.end(),
      [&](const auto& each) { return each->options.name == name; });
  return found == before->services.end() ? nullptr : found->get();
}

// A certificate that is out of date is served if there is no other, but never
// instead of a good one.
Status compare_certificates(const Service& fresh, const Service* old) {
  if (old == nullptr || !old->front_tls || !fresh.front_tls) return Done{};
  if (fresh.front_tls->valid_now() || !old->front_tls->valid_now())
    return Done{};
  std::string text = "service " + fresh.options.name + ": ssl_cert_file";
  for (const std::string& warning : fresh.front_tls->warnings())
    text += ": " + warning;
  return Error{Fault::Config, text};
}

Result<std::vector<Address>> listen_addresses(const Service& service) {
  const uint16_t port = service.front_port();
  const auto& wanted = service.options.listen;
  std::vector<Address> addresses;
  if (wanted.empty()) {
    addresses.push_back(*Address::parse("0.0.0.0", port));
    if (has_ipv6()) addresses.push_back(*Address::parse("::", port));
  }
  for (const Endpoint& where : wanted) {
    auto found = resolve(where, where.port != 0 ? where.port : port);
    if (!found) return std::move(found).error();
    addresses.insert(addresses.end(), found->begin(), found->end());
  }
  return addresses;
}

Status open_services(Snapshot& snapshot, Director& director,
                     const Snapshot* before) {
  for (const ServiceOptions& options : snapshot.options.services) {
    const Service* old = same_service(before, options.name);
    auto service =
        Service::open(options, snapshot.pools, &director.memory(), old);
    if (!service) return std::move(service).error();
    if (Status good = compare_certificates(**service, old); !good)
      return std::move(good).error();
    if (old != nullptr) (*service)->counts = old->counts;
    auto addresses = listen_addresses(**service);
    if (!addresses) return std::move(addresses).error();
    snapshot.addresses[options.name] = std::move(*addresses);
    snapshot.services.push_back(std::move(*service));
  }
  return Done{};
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> Snapshot::build(
    ServerOptions options, Director& director, const Snapshot* before) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->options = std::move(options);
  Status built = open_pools(*snapshot, director);
  if (built) built = open_services(*snapshot, director, before);
  if (!built) return std::move(built).error();
  snapshot->machine = machine_addresses();
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

bool Snapshot::is_self(const Address& address) const {
  const auto here = [&](const Address& own) { return own.same_ip(address); };
  const auto leads_to = [&](const Address& own) {
    if (own.port() != address.port() || own.v6() != address.v6()) return false;
    if (address.any()) return true;  // the system takes it for loopback
    if (!own.any()) return own.same_ip(address);
    return address.loopback() ||
           std::any_of(machine.begin(), machine.end(), here);
  };
  return std::any_of(addresses.begin(), addresses.end(), [&](const auto& each) {
    return std::any_of(each.second.begin(), each.second.end(), leads_to);
  });
}

}  // namespace postern
