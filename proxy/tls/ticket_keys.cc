#include "proxy/tls/ticket_keys.h"

#include <array>
#include <cstdlib>

#include <openssl/rand.h>

namespace postern {
namespace {

// Name, HMAC key and AES key, as OpenSSL lays them out.
using TicketKeys = std::array<unsigned char, 80>;

TicketKeys make_keys() {
  TicketKeys keys{};
  // A process without random numbers must not serve TLS at all.
  if (RAND_priv_bytes(keys.data(), static_cast<int>(keys.size())) != 1)
    std::abort();
  return keys;
}

}  // namespace

void use_ticket_keys(SSL_CTX* context) {
  static TicketKeys keys = make_keys();
  SSL_CTX_set_tlsext_ticket_keys(context, keys.data(), keys.size());
}

}  // namespace postern
