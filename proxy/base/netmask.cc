#include "proxy/base/netmask.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

using Octets = std::span<const uint8_t>;

unsigned bits_of(Octets octets) {
  return static_cast<unsigned>(8 * octets.size());
}

// The octets must be as many.
bool same_prefix(Octets a, Octets b, unsigned bits) {
  const size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<ptrdiff_t>(whole),
                  b.begin()))
    return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

// The first address of the network that `address` is in.
Address network_of(const Address& address, unsigned bits) {
  std::vector<uint8_t> octets(address.octets().begin(), address.octets().end());
  for (unsigned i = bits; i < bits_of(octets); ++i)
    octets[i / 8] &= static_cast<uint8_t>(~(0x80U >> i % 8));
  return Address::of_octets(octets, 0);
}

Error not_a_network(std::string_view text, std::string_view expected) {
  return Error{Fault::Config, "\"" + printable(text) + "\", expected " +
                                  std::string(expected)};
}

}  // namespace

Result<Netmask> Netmask::parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash), 0);
  if (!base)
    return not_a_network(text, "an address or a network like 192.0.2.0/24");
  const unsigned most = bits_of(base->octets());
  if (slash == std::string_view::npos) return Netmask(*base, most);
  const auto bits = parse_number(text.substr(slash + 1), most);
  if (!bits)
    return not_a_network(
        text, "at most " + std::to_string(most) + " bits behind the slash");
  const Netmask network(network_of(*base, static_cast<unsigned>(*bits)),
                        static_cast<unsigned>(*bits));
  if (!network.base_.same_ip(*base))
    return not_a_network(text, network.text() + ", which it is part of");
  return network;
}

bool Netmask::contains(const Address& address) const {
  return address.v6() == base_.v6() &&
         same_prefix(address.octets(), base_.octets(), bits_);
}

std::string Netmask::text() const {
  if (bits_ == bits_of(base_.octets())) return base_.ip();
  return base_.ip() + "/" + std::to_string(bits_);
}

bool contains(const Networks& networks, const Address& address) {
  return std::ranges::any_of(
      networks, [&](const Netmask& each) { return each.contains(address); });
}

}  // namespace postern
