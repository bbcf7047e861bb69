// A network in CIDR notation, and the question whether an address is in it.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/address.h"
#include "proxy/base/result.h"

namespace postern {

class Netmask {
 public:
  // "192.0.2.0/24", "2001:db8::/32"; a lone address is a network of one.
  // Fault::Config for anything else, also for an address with bits behind the
  // prefix: whoever wrote it meant another network than it would be taken for.
  static Result<Netmask> parse(std::string_view text);

  bool contains(const Address& address) const;
  std::string text() const;  // the way parse() reads it

 private:
  Netmask(const Address& base, unsigned bits) : base_(base), bits_(bits) {}

  Address base_;
  unsigned bits_;
};

using Networks = std::vector<Netmask>;

bool contains(const Networks& networks, const Address& address);

}  // namespace postern
