#include "proxy/server/gate.h"

#include <cstring>
#include <endian.h>

namespace postern {

Gate::Key Gate::key(const Address& client) {
  if (!client.v6()) {
    sockaddr_in raw{};
    std::memcpy(&raw, client.raw(), sizeof raw);
    return uint64_t{0xff} << 56 | ntohl(raw.sin_addr.s_addr);
  }
  sockaddr_in6 raw{};
  std::memcpy(&raw, client.raw(), sizeof raw);
  uint64_t half = 0;
  std::memcpy(&half, &raw.sin6_addr, sizeof half);
  return be64toh(half);
}

bool Gate::enter(Key client, int most) {
  const std::lock_guard lock(mutex_);
  int& count = inside_[client];
  if (most != 0 && count >= most) return false;
  ++count;
  return true;
}

void Gate::leave(Key client) {
  const std::lock_guard lock(mutex_);
  const auto found = inside_.find(client);
  if (found != inside_.end() && --found->second <= 0) inside_.erase(found);
}

}  // namespace postern
