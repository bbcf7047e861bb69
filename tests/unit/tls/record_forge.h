// TLS 1.3 records no library would send: empty ones, warnings.  Encrypted with
// the client's keys, as if the client had gone mad after its handshake.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern {

class RecordForge {
 public:
  // CLIENT_TRAFFIC_SECRET_0 of a connection with TLS_AES_128_GCM_SHA256.
  explicit RecordForge(std::string_view secret);

  // The next record: `content` under the type it has inside.
  std::string seal(char type, std::string_view content);

 private:
  std::string key_;
  std::string nonce_;
  uint64_t sequence_ = 0;
};

}  // namespace postern
