// Our own addresses for connections to backends.  One address has 64,000 ports
// towards each backend; several have as many times that.

#pragma once

#include <atomic>
#include <vector>

#include "proxy/base/address.h"

namespace postern {

// Thread-safe.
class SourceAddresses {
 public:
  explicit SourceAddresses(const std::vector<Address>& addresses);

  // Those of the peer's family, each call beginning with the next one; none if
  // the system has to choose.  Their ports are 0.
  std::vector<Address> towards(const Address& peer) const;

 private:
  std::vector<Address> v4_;
  std::vector<Address> v6_;
  mutable std::atomic<size_t> turn_ = 0;
};

}  // namespace postern
