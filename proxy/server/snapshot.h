// One configuration, opened and ready to serve: immutable, shared by all
// threads.  A reload builds a whole new one and swaps it in; sessions keep the
// one they began with.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/server/options.h"

namespace postern {

struct Snapshot {
  ServerOptions options;
  Pools pools;
  std::vector<std::shared_ptr<Service>> services;
  // Where each service listens, by its name; names are resolved.
  std::map<std::string, std::vector<Address>> addresses;
  std::vector<Address> machine;  // of all interfaces, ports aside

  // Opens certificates, maps and pools and resolves names, which may block: at
  // start and reload only.  What `director` knows of the backends goes on, and
  // so do the services' counts of connections in `before`.
  static Result<std::shared_ptr<const Snapshot>> build(
      ServerOptions options, Director& director,
      const Snapshot* before = nullptr);

  // True if a connection there would come back to one of our services.
  bool is_self(const Address& address) const;
};

}  // namespace postern
