// An SSL_CTX with everything one listening service wants, and what its
// callbacks need.

#pragma once

#include <memory>
#include <string>

#include "proxy/tls/certificates.h"
#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"
#include "proxy/tls/shown.h"

namespace postern {

// Immutable once made, any thread.  Connections hold on to the one they began
// with; a renewal of certificates makes another.
class ServerSetup {
 public:
  // `certificates`: by SNI; may be nullptr.  `before`: what has been shown of
  // the same files, if it was; it goes on if they cannot be read any more since
  // root has been left.
  ServerSetup(const TlsServerOptions& options,
              std::shared_ptr<Certificates> certificates,
              const std::shared_ptr<const Shown>& before,
              TlsProblems& problems);
  ~ServerSetup() = default;
  ServerSetup(const ServerSetup&) = delete;
  ServerSetup& operator=(const ServerSetup&) = delete;

  SSL_CTX* context() const { return context_.get(); }
  // For those who ask for no name, or for one we do not know; may be empty.
  const std::shared_ptr<const Shown>& fallback() const { return fallback_; }

 private:
  void set_fallback(std::shared_ptr<const Shown> shown, const std::string& file,
                    TlsProblems& problems);
  std::string session_context(const std::string& identity) const;
  void bind(SSL* ssl, const std::string& identity) const;
  bool fallback_is_for(const std::string& host) const;
  int choose(SSL* ssl, int* alert) const;
  bool give_status(SSL* ssl) const;
  static int on_status(SSL* ssl, void* self);
  static int on_hello(SSL* ssl, int* alert, void* self);

  const SslContextPtr context_;
  const std::shared_ptr<Certificates> certificates_;
  const std::string alpn_;
  const bool strict_;
  const std::string rules_;  // what tickets are bound to, beside names
  std::shared_ptr<const Shown> fallback_ = std::make_shared<const Shown>();
};

}  // namespace postern
