#include "proxy/server/gate.h"

#include <cstring>

namespace postern {

std::string Gate::key(const Address& client) {
  if (!client.v6()) return client.ip();
  sockaddr_in6 raw{};
  std::memcpy(&raw, client.raw(), sizeof raw);
  return {reinterpret_cast<const char*>(&raw.sin6_addr), 8};
}

bool Gate::enter(const Address& client, int most) {
  const std::lock_guard lock(mutex_);
  int& count = inside_[key(client)];
  if (most != 0 && count >= most) return false;
  ++count;
  return true;
}

void Gate::leave(const Address& client) {
  const std::lock_guard lock(mutex_);
  const auto found = inside_.find(key(client));
  if (found != inside_.end() && --found->second <= 0) inside_.erase(found);
}

}  // namespace postern
