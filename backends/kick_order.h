// Which sessions an administrator, or the death of a backend, ends.

#pragma once

#include <cstdint>
#include <string>

namespace postern {

// What is empty fits every session that is logged in or about to be.
struct KickOrder {
  std::string pool;
  std::string backend;     // host:port as configured
  std::string user;        // as typed or as routed, in any case of letters
  std::string client;      // address without port
  std::string session;     // id
  uint64_t spread_ms = 0;  // each at a random time within
  std::string why;         // for the log
};

}  // namespace postern
