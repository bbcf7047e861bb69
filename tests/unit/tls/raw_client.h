// OpenSSL's own client, for what our client engine never does: old versions,
// strange offers, resumption, floods.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/tls/engine.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

using SessionPtr = std::unique_ptr<SSL_SESSION, FreeWith<SSL_SESSION_free>>;

class RawClient {
 public:
  // `prepare` sets versions, ciphers, ALPN before anything is sent.
  explicit RawClient(const std::function<void(SSL*)>& prepare = [](SSL*) {});
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  SSL* ssl() { return ssl_.get(); }

  // Bytes carried to and from `server` until both are quiet; its error.
  std::string talk(TlsEngine& server);
  // Encrypts and carries `text`; what the server made of it.
  std::string say(TlsEngine& server, std::string_view text);

  // What the client wants to send now.
  std::string sent();
  void feed(std::string_view bytes);
  // What it has received in plaintext.
  const std::string& heard() const { return heard_; }

  // Sessions that tickets have come for, and the latest of them.
  int tickets() const { return tickets_; }
  SessionPtr session();
  // The secret its application data is encrypted by, TLS 1.3 only.
  const std::string& traffic_secret() const { return traffic_secret_; }
  // The last alert the server sent, -1 without one.
  int alert() const { return alert_; }

 private:
  static int keep_session(SSL* ssl, SSL_SESSION* session);
  static void keep_secret(const SSL* ssl, const char* line);
  static void watch(const SSL* ssl, int where, int value);

  const SslContextPtr context_;
  SslPtr ssl_;
  BIO* from_server_ = nullptr;
  BIO* to_server_ = nullptr;
  SessionPtr session_;
  std::string heard_;
  std::string traffic_secret_;
  int tickets_ = 0;
  int alert_ = -1;
};

}  // namespace postern
