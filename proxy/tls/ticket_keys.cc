#include "proxy/tls/ticket_keys.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "proxy/base/ascii.h"
#include "proxy/base/file.h"
#include "proxy/base/secret.h"
#include "proxy/tls/key_pair.h"
#include "proxy/tls/openssl_types.h"

namespace postern {
namespace {

constexpr size_t kMostKeys = 16;

TicketKey make_key(time_t now) {
  TicketKey key;
  // A process without random numbers must not serve TLS at all.
  if (RAND_priv_bytes(key.bytes.data(), static_cast<int>(TicketKey::kSize)) !=
      1)
    std::abort();
  key.made = now;
  return key;
}

Error about(const std::string& path, const std::string& text) {
  return Error{Fault::Config, text}.in(printable(path));
}

using CipherPtr = std::unique_ptr<EVP_CIPHER, FreeWith<EVP_CIPHER_free>>;

const EVP_CIPHER* cipher_of_tickets() {
  static const CipherPtr kCipher(
      EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr));
  return kCipher.get();
}

bool set_hmac(EVP_MAC_CTX* mac, const TicketKey& key) {
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
                                        const_cast<unsigned char*>(key.hmac()),
                                        TicketKey::kSecret),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

// What OpenSSL wants to hear from on_ticket().
enum Answer { Failed = -1, NoTicket = 0, Good = 1, GoodButOld = 2 };

Answer seal(const TicketRing& ring, unsigned char* name, unsigned char* iv,
            EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  const TicketKey& key = ring.front();
  if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher_of_tickets())) != 1)
    return Failed;
  std::memcpy(name, key.name(), TicketKey::kName);
  const bool set = EVP_EncryptInit_ex2(cipher, cipher_of_tickets(), key.aes(),
                                       iv, nullptr) == 1 &&
                   set_hmac(mac, key);
  return set ? Good : Failed;
}

// NOLINTNEXTLINE(readability-function-size): OpenSSL wants that many
int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv,
              EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
  const auto ring = TicketKeys::shared().ring();
  if (sealing != 0) return seal(*ring, name, iv, cipher, mac);
  const auto key = std::ranges::find_if(*ring, [&](const TicketKey& each) {
    return std::memcmp(each.name(), name, TicketKey::kName) == 0;
  });
  if (key == ring->end()) return NoTicket;
  if (EVP_DecryptInit_ex2(cipher, cipher_of_tickets(), key->aes(), iv,
                          nullptr) != 1 ||
      !set_hmac(mac, *key))
    return Failed;
  // In TLS 1.3 the login brings a new one anyway.
  const bool replace =
      key != ring->begin() && SSL_version(ssl) < TLS1_3_VERSION;
  return replace ? GoodButOld : Good;
}

}  // namespace

TicketKey::~TicketKey() {
  wipe(bytes.data(), bytes.size());
}

Result<TicketRing> read_ticket_keys(const std::string& path) {
  if (open_to_others(path))
    return about(path,
                 "everybody on this machine can read or change it: chmod o=");
  auto bytes = read_file(path, (kMostKeys + 1) * TicketKey::kSize);
  if (!bytes)
    return Error{Fault::Config, bytes.error().text + hint_about_reading(path)};
  const size_t size = bytes->size();
  const size_t count = size / TicketKey::kSize;
  TicketRing ring(std::min(count, kMostKeys));
  for (size_t i = 0; i < ring.size(); ++i)
    std::memcpy(ring[i].bytes.data(), bytes->data() + i * TicketKey::kSize,
                TicketKey::kSize);
  wipe(*bytes);
  if (count == 0 || count > kMostKeys || size % TicketKey::kSize != 0)
    return about(path, "holds " + std::to_string(size) +
                           " octets, expected 80 for each of 1 to 16 keys "
                           "(openssl rand 80)");
  return ring;
}

TicketKeys::TicketKeys()
    : ring_(std::make_shared<const TicketRing>(1, make_key(time(nullptr)))) {}

TicketKeys& TicketKeys::shared() {
  static TicketKeys keys;
  return keys;
}

Status TicketKeys::configure(const TicketOptions& options) {
  if (!options.key_file.empty()) {
    file_ = WatchedFiles({options.key_file});
    auto read = read_ticket_keys(options.key_file);
    const bool known = options.key_file == options_.key_file;
    if (!read && !(known && !hint_about_reading(options.key_file).empty()))
      return std::move(read).error().in("ssl_ticket_key_file");
    const std::lock_guard lock(mutex_);
    options_ = options;
    if (!read) return Done{};  // since root has been left
    ring_ = std::make_shared<const TicketRing>(std::move(*read));
    return Done{};
  }
  const std::lock_guard lock(mutex_);
  // Keys of a file are known to others.
  if (!std::exchange(options_, options).key_file.empty())
    ring_ = std::make_shared<const TicketRing>(1, make_key(time(nullptr)));
  return Done{};
}

std::vector<TlsNews> TicketKeys::refresh(bool at_once, time_t now) {
  if (options_.key_file.empty()) return rotate(now);
  return file_.changed(at_once) ? read_again() : std::vector<TlsNews>();
}

std::vector<TlsNews> TicketKeys::read_again() {
  auto read = read_ticket_keys(options_.key_file);
  if (!read)
    return {{LogLevel::Error, "ssl_ticket_key_file: " + read.error().text +
                                  "; the old keys are used"}};
  const std::string count = std::to_string(read->size());
  const std::lock_guard lock(mutex_);
  ring_ = std::make_shared<const TicketRing>(std::move(*read));
  return {{LogLevel::Notice, "ticket keys read anew: " + count}};
}

// A ticket is good for one lifetime, so its key has to be kept for one more
// than it is used.
std::vector<TlsNews> TicketKeys::rotate(time_t now) {
  const std::lock_guard lock(mutex_);
  const auto lifetime = static_cast<time_t>(options_.lifetime_seconds);
  const bool stale = now - ring_->front().made >= lifetime;
  const bool dead = now - ring_->back().made >= 2 * lifetime;
  if (!stale && !dead) return {};
  TicketRing fresh;
  if (stale) fresh.push_back(make_key(now));
  for (const TicketKey& key : *ring_)
    if (now - key.made < 2 * lifetime) fresh.push_back(key);
  ring_ = std::make_shared<const TicketRing>(std::move(fresh));
  return {};
}

uint64_t TicketKeys::lifetime_seconds() const {
  const std::lock_guard lock(mutex_);
  return options_.lifetime_seconds;
}

std::shared_ptr<const TicketRing> TicketKeys::ring() const {
  const std::lock_guard lock(mutex_);
  return ring_;
}

void use_ticket_keys(SSL_CTX* context) {
  const TicketKeys& keys = TicketKeys::shared();
  SSL_CTX_set_timeout(context, static_cast<long>(keys.lifetime_seconds()));
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

Status configure_tickets(const TicketOptions& options) {
  return TicketKeys::shared().configure(options);
}

TlsProblems check_tls(const TicketOptions& options) {
  if (options.key_file.empty()) return {};
  const auto read = read_ticket_keys(options.key_file);
  if (read) return {};
  return {{"ssl_ticket_key_file", read.error().text, false}};
}

}  // namespace postern
