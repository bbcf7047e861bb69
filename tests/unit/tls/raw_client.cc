#include "tests/unit/tls/raw_client.h"

#include <openssl/err.h>

#include "proxy/base/ascii.h"
#include "proxy/base/buffer.h"

namespace postern {

RawClient::RawClient(const std::function<void(SSL*)>& prepare)
    : context_(SSL_CTX_new(TLS_client_method())),
      from_server_(BIO_new(BIO_s_mem())),
      to_server_(BIO_new(BIO_s_mem())) {
  SSL_CTX_set_session_cache_mode(
      context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_.get(), keep_session);
  SSL_CTX_set_info_callback(context_.get(), watch);
  SSL_CTX_set_keylog_callback(context_.get(), keep_secret);
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_bio(ssl_.get(), from_server_, to_server_);
  SSL_set_connect_state(ssl_.get());
  prepare(ssl_.get());
}

// Otherwise OpenSSL takes the session for one that was cut off, not to be
// resumed.
RawClient::~RawClient() {
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN);
}

std::string RawClient::talk(TlsEngine& server) {
  for (;;) {
    feed({});
    const std::string bytes = sent();
    if (bytes.empty()) return {};
    Buffer plain;
    Buffer out;
    const Status fed = server.feed(bytes, plain, out);
    feed(out.view());
    if (!fed) return fed.error().text;
  }
}

std::string RawClient::say(TlsEngine& server, std::string_view text) {
  SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  Buffer plain;
  Buffer out;
  const Status fed = server.feed(sent(), plain, out);
  feed(out.view());
  return fed ? std::string(plain.view()) : fed.error().text;
}

std::string RawClient::sent() {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(to_server_, &bytes);
  std::string copy(bytes, static_cast<size_t>(size));
  BIO_reset(to_server_);
  return copy;
}

void RawClient::feed(std::string_view bytes) {
  BIO_write(from_server_, bytes.data(), static_cast<int>(bytes.size()));
  char text[4096];
  int size = 0;
  ERR_clear_error();
  if (SSL_in_init(ssl_.get()) != 0) SSL_do_handshake(ssl_.get());
  while ((size = SSL_read(ssl_.get(), text, sizeof text)) > 0)
    heard_.append(text, static_cast<size_t>(size));
  ERR_clear_error();
}

SessionPtr RawClient::session() {
  if (session_) SSL_SESSION_up_ref(session_.get());
  return SessionPtr(session_.get());
}

int RawClient::keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* self = static_cast<RawClient*>(SSL_get_app_data(ssl));
  self->session_.reset(session);
  ++self->tickets_;
  return 1;
}

// "LABEL RANDOM SECRET", both in hexadecimal.
void RawClient::keep_secret(const SSL* ssl, const char* line) {
  const auto words = split(line, ' ');
  if (words[0] != "CLIENT_TRAFFIC_SECRET_0") return;
  auto* self = static_cast<RawClient*>(SSL_get_app_data(ssl));
  for (size_t i = 0; i < words[2].size(); i += 2)
    self->traffic_secret_ += static_cast<char>(
        std::stoi(std::string(words[2].substr(i, 2)), nullptr, 16));
}

void RawClient::watch(const SSL* ssl, int where, int value) {
  constexpr int kAlertRead = SSL_CB_READ_ALERT;
  if ((where & kAlertRead) != kAlertRead) return;
  auto* self = static_cast<RawClient*>(SSL_get_app_data(ssl));
  self->alert_ = value & 0xff;
}

}  // namespace postern
