#include "proxy/tls/ssl_engine.h"

#include <new>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "proxy/base/address.h"
#include "proxy/base/ascii.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/certificate_field.h"
#include "proxy/tls/error.h"
#include "proxy/tls/staple.h"
#include "proxy/tls/strength.h"

namespace postern {
namespace {

// The most one record carries: SSL_read never gives more at once.
constexpr size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;

std::string group_name(SSL* ssl) {
  const int nid = static_cast<int>(SSL_get_negotiated_group(ssl));
  const char* name = EC_curve_nid2nist(nid);
  if (name == nullptr && nid != NID_undef) name = OBJ_nid2sn(nid);
  return name != nullptr ? name : "";
}

std::string agreed_alpn(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

// The client's certificate, if it has shown one.  OpenSSL keeps the result of
// verifying it with the session, so a resumed one has it too.
X509* verified_peer(const SSL* ssl) {
  X509* shown = SSL_get0_peer_certificate(ssl);
  return SSL_get_verify_result(ssl) == X509_V_OK ? shown : nullptr;
}

void describe_peer(const SSL* ssl, TlsFacts& facts) {
  X509* shown = verified_peer(ssl);
  if (shown == nullptr) return;
  facts.peer_verified = true;
  facts.peer_name = certificate_owner(shown);
  facts.peer_emails = names_of_kind(shown, GEN_EMAIL);
  facts.peer_hosts = names_of_kind(shown, GEN_DNS);
  facts.peer_fingerprint = fingerprint(shown);
}

void empty(EVP_PKEY* key) {
  EVP_PKEY_set_type(key, EVP_PKEY_get_base_id(key));
  EVP_PKEY_free(key);
}

// OpenSSL keeps both sides' keys of the exchange as long as the connection,
// though all that is still derived comes from other secrets.  Ours could only
// give away what has passed, and the two are 3 % of an idle session.
void forget_exchange(SSL* ssl) {
  EVP_PKEY* key = nullptr;
  if (SSL_get_tmp_key(ssl, &key) == 1) empty(key);
  if (SSL_get_peer_tmp_key(ssl, &key) == 1) empty(key);
  ERR_clear_error();
}

}  // namespace

SslEngine::SslEngine(Side side, SSL_CTX* context,
                     std::shared_ptr<const void> owner)
    : owner_(std::move(owner)), ssl_(SSL_new(context)), side_(side) {
  if (!ssl_) throw std::bad_alloc();
  wire_.attach(ssl_.get());
  if (side_ == Side::Server)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
}

void SslEngine::send_server_name(const std::string& name) {
  if (SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) != 1)
    refuse("not a host name: " + printable(name));
}

void SslEngine::expect_name(const std::string& name) {
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const auto literal = Address::parse(name, 0);
  const int set =
      literal ? X509_VERIFY_PARAM_set1_ip_asc(rules, literal->ip().c_str())
              : X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size());
  if (name.empty() || set != 1) refuse("no name to verify the peer by");
}

void SslEngine::resume_from(std::shared_ptr<SessionStore> store,
                            std::string backend) {
  resumption_ = std::make_unique<Resumption>(
      Resumption{std::move(store), std::move(backend)});
  SSL_set_app_data(ssl_.get(), this);
  if (const SessionPtr session = resumption_->store->take(resumption_->backend))
    SSL_set_session(ssl_.get(), session.get());
}

int SslEngine::on_new_session(SSL* ssl, SSL_SESSION* session) {
  const auto* self = static_cast<const SslEngine*>(SSL_get_app_data(ssl));
  self->resumption_->store->keep(self->resumption_->backend, session);
  return 0;  // it stays OpenSSL's
}

// Up to TLS 1.2 a session may be used again and again; it was taken out only so
// that one that does not work is gone.
void SslEngine::keep_resumed() {
  if (!resumption_ || SSL_session_reused(ssl_.get()) != 1) return;
  if (SSL_version(ssl_.get()) < TLS1_3_VERSION)
    resumption_->store->keep(resumption_->backend,
                             SSL_get0_session(ssl_.get()));
}

void SslEngine::refuse(std::string reason) {
  failure_ = std::move(reason);
}

Status SslEngine::start(Buffer& out) {
  if (!failure_.empty()) return fail(failure_);
  if (side_ == Side::Server) return Done{};
  const Wire::Call call(wire_, {}, out);
  return shake_hands(out);
}

Status SslEngine::feed(std::string_view in, Buffer& plain, Buffer& out) {
  if (!failure_.empty()) return fail(failure_);
  if (peer_closed_) return Done{};
  const Wire::Call call(wire_, in, out);
  if (!open_) {
    Status shaken = shake_hands(out);
    if (!shaken || !open_) return shaken;
  }
  return read_all(plain, out);
}

Status SslEngine::shake_hands(Buffer& out) {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return stopped(result, out);
  open_ = true;
  forget_exchange(ssl_.get());
  wire_.handshake_done();
  if (wire_.stapled()) drop_staple(ssl_.get());
  keep_resumed();
  // From here on passwords may come; a handshake holds nothing to overwrite.
  SSL_set_options(ssl_.get(), SSL_OP_CLEANSE_PLAINTEXT);
  return Done{};
}

// Asking for more than there is would make OpenSSL allocate room for a record
// and free it again.
Status SslEngine::read_all(Buffer& plain, Buffer& out) {
  while (wire_.has_input() || SSL_pending(ssl_.get()) > 0) {
    size_t size = 0;
    ERR_clear_error();
    const int result =
        SSL_read_ex(ssl_.get(), plain.room(kRecord), kRecord, &size);
    if (result != 1) return stopped(result, out);
    plain.commit(size);
    wire_.earn(size);
  }
  return Done{};
}

Status SslEngine::stopped(int result, Buffer& out) {
  const int why = SSL_get_error(ssl_.get(), result);
  if (wire_.flooded()) {
    close(out);
    return fail("too many handshake messages from the peer");
  }
  if (why == SSL_ERROR_WANT_READ) return Done{};
  if (why == SSL_ERROR_ZERO_RETURN) {
    peer_closed_ = true;
    return Done{};
  }
  Status failed = fail(explain());
  add_missing_alert(out);
  return failed;
}

Status SslEngine::fail(std::string reason) {
  if (resumption_) resumption_->store->forget(resumption_->backend);
  failure_ = std::move(reason);
  return Error{Fault::Protocol, failure_};
}

std::string SslEngine::explain() const {
  const unsigned long error = ERR_peek_error();
  std::string words = take_openssl_error();
  if (!wire_.reason().empty()) return wire_.reason();
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return words;
  const int reason = ERR_GET_REASON(error);
  const int first = wire_.first_octet();
  if (reason == SSL_R_WRONG_VERSION_NUMBER && first >= ' ' && first <= '~')
    return "plain text on a TLS port";
  const bool about_version =
      reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_VERSION_TOO_LOW;
  if (about_version && wire_.hello_version() != 0)
    return "client speaks " + version_name(wire_.hello_version()) +
           ", too old a version";
  return words;
}

// OpenSSL stays silent towards what does not look like TLS at all; a TLS client
// gone wrong still deserves to hear that we hung up.
void SslEngine::add_missing_alert(Buffer& out) const {
  if (side_ != Side::Server || wire_.written()) return;
  out.append({"\x15\x03\x01\x00\x02\x02\x0a", 7});  // fatal unexpected_message
}

Status SslEngine::write(std::string_view plain, Buffer& out) {
  if (!failure_.empty()) return fail(failure_);
  if (!open_ || closed_) return Error{Fault::Protocol, "TLS is not open"};
  if (plain.empty()) return Done{};
  const Wire::Call call(wire_, {}, out);
  ERR_clear_error();
  if (std::exchange(ticket_due_, false)) send_ticket();
  size_t size = 0;
  if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &size) == 1)
    return Done{};
  return fail(take_openssl_error());
}

// Only TLS 1.3 has tickets outside the handshake.
void SslEngine::send_ticket() {
  if (side_ == Side::Server && SSL_version(ssl_.get()) == TLS1_3_VERSION)
    SSL_new_session_ticket(ssl_.get());
}

void SslEngine::close(Buffer& out) {
  if (!open_ || !failure_.empty() || std::exchange(closed_, true)) return;
  const Wire::Call call(wire_, {}, out);
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

// No password passes any more, and overwriting whole buffers behind each record
// costs a bulk transfer dearly.
void SslEngine::queue_ticket() {
  ticket_due_ = true;
  SSL_clear_options(ssl_.get(), SSL_OP_CLEANSE_PLAINTEXT);
}

TlsFacts SslEngine::facts() const {
  if (!open_) return {};  // OpenSSL crashes if asked too early
  SSL* ssl = ssl_.get();
  TlsFacts facts;
  facts.version = SSL_get_version(ssl);
  facts.cipher = SSL_get_cipher_name(ssl);
  facts.group = group_name(ssl);
  facts.alpn = agreed_alpn(ssl);
  facts.resumed = SSL_session_reused(ssl) == 1;
  const char* sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (side_ == Side::Server && sni != nullptr) facts.sni = sni;
  if (side_ == Side::Server) describe_peer(ssl, facts);
  return facts;
}

std::vector<std::string> SslEngine::client_names(CertificateField field) const {
  if (!open_ || side_ != Side::Server) return {};
  X509* shown = verified_peer(ssl_.get());
  return shown != nullptr ? names_in_field(shown, field)
                          : std::vector<std::string>();
}

}  // namespace postern
