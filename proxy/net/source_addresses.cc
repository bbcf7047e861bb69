#include "proxy/net/source_addresses.h"

#include <algorithm>

namespace postern {

SourceAddresses::SourceAddresses(const std::vector<Address>& addresses) {
  for (const Address& each : addresses)
    (each.v6() ? v6_ : v4_).push_back(each.with_port(0));
}

std::vector<Address> SourceAddresses::towards(const Address& peer) const {
  std::vector<Address> turned = peer.v6() ? v6_ : v4_;
  if (turned.size() > 1) {
    const size_t first = turn_.fetch_add(1) % turned.size();
    std::rotate(turned.begin(),
                turned.begin() + static_cast<std::ptrdiff_t>(first),
                turned.end());
  }
  return turned;
}

}  // namespace postern
