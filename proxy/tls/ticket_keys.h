// The keys of stateless session tickets (RFC 5077, RFC 8446 section 4.6.1): the
// same for every thread and every context of the process, so that a ticket
// outlives a reload, and for several proxies if they share a file.

#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "proxy/base/file_stamp.h"
#include "proxy/tls/context.h"

namespace postern {

// Name, HMAC key and AES key, as OpenSSL lays them out.
struct TicketKey {
  static constexpr size_t kName = 16;
  static constexpr size_t kSecret = 32;
  static constexpr size_t kSize = kName + 2 * kSecret;

  std::array<unsigned char, kSize> bytes{};
  time_t made = 0;

  TicketKey() = default;
  ~TicketKey();
  TicketKey(const TicketKey&) = default;
  TicketKey& operator=(const TicketKey&) = default;

  const unsigned char* name() const { return bytes.data(); }
  const unsigned char* hmac() const { return name() + kName; }
  const unsigned char* aes() const { return hmac() + kSecret; }
};

// The first one encrypts, all of them decrypt.
using TicketRing = std::vector<TicketKey>;

// Thread-safe.
class TicketKeys {
 public:
  TicketKeys();

  // At start and at each reload, before contexts are made.  The keys of a file
  // that cannot be used are not taken over.
  Status configure(const TicketOptions& options);

  // Reads the file again if it has changed; without one, makes a new key when
  // the lifetime of the one in use is over, and forgets those that no valid
  // ticket can have been made with.  One thread only.
  std::vector<TlsNews> refresh(bool at_once, time_t now);

  uint64_t lifetime_seconds() const;
  std::shared_ptr<const TicketRing> ring() const;

  // Those of this process.
  static TicketKeys& shared();

 private:
  std::vector<TlsNews> read_again();
  std::vector<TlsNews> rotate(time_t now);

  mutable std::mutex mutex_;
  TicketOptions options_;
  std::shared_ptr<const TicketRing> ring_;
  WatchedFiles file_;  // refresh()'s and configure()'s own
};

// Whole keys, one behind the other.
Result<TicketRing> read_ticket_keys(const std::string& path);

// `context` gives and takes tickets by the keys of this process.
void use_ticket_keys(SSL_CTX* context);

}  // namespace postern
