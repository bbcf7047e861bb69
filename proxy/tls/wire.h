// Where one connection's OpenSSL object reads and writes: a BIO that takes from
// the span being fed and appends to the buffer being filled.  It holds nothing
// between two calls, so one BIO is enough for all connections of a thread: it
// belongs to whichever is being called.  OpenSSL's callbacks leave here what
// they have seen.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/base/buffer.h"
#include "proxy/tls/openssl_types.h"

namespace postern {

struct Shown;

// Owned by the engine, same thread; its address is known to the SSL object.
class Wire {
 public:
  Wire() = default;
  ~Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // The spans of one call into OpenSSL, as long as this lives.  What the call
  // came to must be asked (SSL_get_error) before there is another.
  class Call {
   public:
    Call(Wire& wire, std::string_view in, Buffer& out)
        : wire_(wire), in_(in), out_(out) {
      wire_.call_ = this;
      BIO_set_data(wire_.bio_, &wire_);
    }
    ~Call() {
      wire_.call_ = nullptr;
      BIO_set_data(wire_.bio_, nullptr);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    friend class Wire;
    Wire& wire_;
    std::string_view in_;
    Buffer& out_;
    std::string reason_;
  };

  // Makes `ssl` read, write and report here, from now on on this thread.
  void attach(SSL* ssl);
  // During a call.
  static Wire& of(const SSL* ssl);
  bool has_input() const { return !call_->in_.empty(); }

  // From here on a handshake message counts against what a peer may send.
  void handshake_done() {
    watching_ = true;
    shown_.reset();
  }
  // OpenSSL bounds empty records and warning alerts, but not KeyUpdates,
  // tickets and refused renegotiations: 32 of them are free, and one more for
  // each MiB of data.  Beyond that the BIO runs dry.
  void earn(size_t plain_bytes) { plain_bytes_ += plain_bytes; }
  bool flooded() const { return messages_ > 32 + (plain_bytes_ >> 20); }

  bool alert_sent() const { return alert_sent_; }
  bool written() const { return written_; }
  // legacy_version of the ClientHello, 0 before it.
  uint16_t hello_version() const { return hello_version_; }
  // The stream's first octet, -1 before it.
  int first_octet() const { return first_octet_; }

  // What the client is shown instead of the context's own certificate, for the
  // callbacks of the handshake.
  void keep(std::shared_ptr<const Shown> shown) { shown_ = std::move(shown); }
  const Shown* shown() const { return shown_.get(); }
  // A stapled OCSP response has been handed to OpenSSL.
  void note_staple() { stapled_ = true; }
  bool stapled() const { return stapled_; }

  // What a callback of ours that ended the handshake in this call has to say.
  void blame(std::string reason) { call_->reason_ = std::move(reason); }
  const std::string& reason() const { return call_->reason_; }

 private:
  static const BIO_METHOD* method();
  static BIO* bio_of_thread();
  static int read(BIO* bio, char* to, size_t size, size_t* done);
  static int write(BIO* bio, const char* from, size_t size, size_t* done);
  // NOLINTNEXTLINE(readability-function-size)
  static void on_message(int writing, int version, int type, const void* bytes,
                         size_t size, SSL* ssl, void* wire);
  void on_handshake_message(const unsigned char* bytes, size_t size);

  BIO* bio_ = nullptr;    // the thread's
  Call* call_ = nullptr;  // while there is one
  std::shared_ptr<const Shown> shown_;
  uint64_t plain_bytes_ = 0;
  uint32_t messages_ = 0;
  uint16_t hello_version_ = 0;
  int16_t first_octet_ = -1;
  bool watching_ = false;
  bool alert_sent_ = false;
  bool written_ = false;
  bool stapled_ = false;
};

}  // namespace postern
