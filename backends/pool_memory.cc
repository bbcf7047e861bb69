#include "backends/pool_memory.h"

namespace postern {

std::shared_ptr<Affinity> PoolMemory::affinity(const std::string& pool) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Affinity>& table = tables_[pool];
  if (table) return table;
  Affinity::Vacated tell;
  if (vacated_)
    tell = [this, pool](const std::string& user, bool by_admin) {
      vacated_(pool, user, by_admin);
    };
  table = std::make_shared<Affinity>(pool, std::move(tell));
  return table;
}

}  // namespace postern
