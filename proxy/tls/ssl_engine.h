// The TLS engine, by OpenSSL.  Server and client side differ only in how the
// handshake begins and in what their contexts have set up.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proxy/tls/context.h"
#include "proxy/tls/engine.h"
#include "proxy/tls/openssl_types.h"
#include "proxy/tls/session_store.h"
#include "proxy/tls/wire.h"

namespace postern {

class SslEngine final : public TlsEngine {
 public:
  enum class Side { Server, Client };

  // `owner` keeps alive what the callbacks of `context` point to.
  SslEngine(Side side, SSL_CTX* context, std::shared_ptr<const void> owner);

  // Client side, before start(): asks for this name and insists on it.
  void send_server_name(const std::string& name);
  void expect_name(const std::string& name);
  // Resumes a session with `backend` if there is one, and keeps new ones.
  void resume_from(std::shared_ptr<SessionStore> store, std::string backend);
  // For contexts whose engines do.
  static int on_new_session(SSL* ssl, SSL_SESSION* session);
  // Nothing will be sent or accepted: every call returns this error.
  void refuse(std::string reason);

  Status start(Buffer& out) override;
  Status feed(std::string_view in, Buffer& plain, Buffer& out) override;
  Status write(std::string_view plain, Buffer& out) override;
  void close(Buffer& out) override;
  void queue_ticket() override;
  bool open() const override { return open_; }
  bool peer_closed() const override { return peer_closed_; }
  TlsFacts facts() const override;
  std::vector<std::string> client_names(CertificateField field) const override;

 private:
  // Where sessions with this backend are kept.
  struct Resumption {
    std::shared_ptr<SessionStore> store;
    std::string backend;
  };

  Status shake_hands(Buffer& out);
  void keep_resumed();
  Status read_all(Buffer& plain, Buffer& out);
  void send_ticket();
  // A call returned `result` and that was not success; the error to report,
  // nothing if OpenSSL only wants more bytes.
  Status stopped(int result, Buffer& out);
  Status fail(std::string reason);
  std::string explain() const;
  void add_missing_alert(Buffer& out) const;

  const std::shared_ptr<const void> owner_;
  Wire wire_;
  SslPtr ssl_;
  std::unique_ptr<const Resumption> resumption_;  // client side
  std::string failure_;
  const Side side_;
  bool open_ = false;
  bool closed_ = false;
  bool peer_closed_ = false;
  bool ticket_due_ = false;
};

}  // namespace postern
