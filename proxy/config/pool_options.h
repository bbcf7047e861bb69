// What a pool's line may say beside hosts and settings of services: NAME=VALUE
// of the pool, or of the host before it.  Adding one is a row here and an entry
// in man/postern.conf.5.

#pragma once

#include <string>
#include <string_view>

#include "backends/pool.h"

namespace postern {

// What a pool is that says nothing.
PoolOptions usual_pool();

struct PoolOption {
  std::string_view name;
  Status (*set)(PoolOptions& pool, std::string_view value);
  // As set() takes it.
  std::string (*show)(const PoolOptions& pool);
};

struct HostOption {
  std::string_view name;
  Status (*set)(BackendOptions& host, std::string_view value);
  std::string (*show)(const BackendOptions& host);  // empty: not given
  // In front of all hosts of a line it counts for each of them.
  bool of_line;
};

// nullptr if there is none of that name.
const PoolOption* find_pool_option(std::string_view name);
const HostOption* find_host_option(std::string_view name);
std::string pool_option_names();  // "weight=, …", for error texts

// Those that differ from the usual, each behind a blank.
std::string show_pool_options(const PoolOptions& pool);
std::string show_host_options(const BackendOptions& host);

}  // namespace postern
