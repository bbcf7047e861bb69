#include "proxy/tls/wire.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace postern {
namespace {

using MethodPtr = std::unique_ptr<BIO_METHOD, FreeWith<BIO_meth_free>>;

// Nothing is buffered, so flushing is always done already.
long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace

const BIO_METHOD* Wire::method() {
  static const MethodPtr kShared = [] {
    MethodPtr made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
                                "postern wire"));
    if (!made) throw std::bad_alloc();
    BIO_meth_set_read_ex(made.get(), Wire::read);
    BIO_meth_set_write_ex(made.get(), Wire::write);
    BIO_meth_set_ctrl(made.get(), control);
    return made;
  }();
  return kShared.get();
}

BIO* Wire::bio_of_thread() {
  thread_local const BioPtr kBio = [] {
    BioPtr made(BIO_new(method()));
    if (!made) throw std::bad_alloc();
    BIO_set_init(made.get(), 1);
    return made;
  }();
  return kBio.get();
}

void Wire::attach(SSL* ssl) {
  bio_ = bio_of_thread();
  BIO_up_ref(bio_);
  SSL_set_bio(ssl, bio_, bio_);
  SSL_set_msg_callback(ssl, Wire::on_message);
  SSL_set_msg_callback_arg(ssl, this);
}

Wire& Wire::of(const SSL* ssl) {
  return *static_cast<Wire*>(BIO_get_data(SSL_get_rbio(ssl)));
}

int Wire::read(BIO* bio, char* to, size_t size, size_t* done) {
  Wire& self = *static_cast<Wire*>(BIO_get_data(bio));
  std::string_view& in = self.call_->in_;
  BIO_clear_retry_flags(bio);
  *done = self.flooded() ? 0 : std::min(size, in.size());
  if (*done == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  if (self.first_octet_ < 0)
    self.first_octet_ = static_cast<unsigned char>(in.front());
  std::memcpy(to, in.data(), *done);
  in.remove_prefix(*done);
  return 1;
}

int Wire::write(BIO* bio, const char* from, size_t size, size_t* done) {
  Wire& self = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  self.written_ = true;
  self.call_->out_.append({from, size});
  *done = size;
  return 1;
}

// NOLINTNEXTLINE(readability-function-size): OpenSSL wants that many
void Wire::on_message(int writing, int, int type, const void* bytes,
                      size_t size, SSL*, void* wire) {
  Wire& self = *static_cast<Wire*>(wire);
  if (writing != 0 && type == SSL3_RT_ALERT) self.alert_sent_ = true;
  if (writing == 0 && type == SSL3_RT_HANDSHAKE)
    self.on_handshake_message(static_cast<const unsigned char*>(bytes), size);
}

void Wire::on_handshake_message(const unsigned char* bytes, size_t size) {
  if (watching_) ++messages_;
  constexpr size_t kHeader = 4;
  if (size < kHeader + 2 || bytes[0] != SSL3_MT_CLIENT_HELLO) return;
  hello_version_ =
      static_cast<uint16_t>(bytes[kHeader] << 8 | bytes[kHeader + 1]);
}

}  // namespace postern
