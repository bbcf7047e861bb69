// One side of a session: a TCP stream, with TLS on it from the moment it is
// asked for.  Its owner sees plaintext only.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "proxy/net/loop.h"
#include "proxy/net/stream.h"
#include "proxy/tls/engine.h"

namespace postern {

// Owned by the session, on its worker's thread.  Must not be destroyed from
// inside one of its owner's callbacks (bury it).
class Transport final : public Mortal, private Stream::Owner {
 public:
  class Owner {
   public:
    // Overwritten when the call returns, until stop_wiping().
    virtual void on_plain(Transport& from, std::string_view bytes) = 0;
    virtual void on_secured(Transport& side) = 0;  // the handshake is complete
    // The peer sends no more.  `clean`: it said so (close_notify), or there is
    // no TLS to say it in.
    virtual void on_end(Transport& side, bool clean) = 0;
    // The peer's FIN is here: nothing it might still read can be lost by
    // closing.  At once with or some time after on_end().
    virtual void on_gone(Transport&) {}
    // TCP or TLS failed, in words.  An alert may be on its way to the peer.
    virtual void on_broken(Transport& side, const std::string& why) = 0;
    virtual void on_drained(Transport& side) = 0;  // backlog() went down

   protected:
    ~Owner() = default;
  };

  Transport(Loop& loop, std::unique_ptr<Stream> stream, Owner& owner);
  static Result<std::unique_ptr<Transport>> adopt(Loop& loop, int socket,
                                                  Owner& owner);

  void change_owner(Owner& owner) { owner_ = &owner; }

  // Everything read from here on is TLS.
  void start_tls(std::unique_ptr<TlsEngine> engine);
  const TlsEngine* tls() const { return tls_.get(); }
  bool handshaking() const { return tls_ && !tls_->open(); }
  void queue_ticket();

  // Bytes that were read ahead, as if they came now.
  void replay(std::string_view bytes);

  // What is written while bytes are being read leaves in one piece with what
  // the handshake has to say, when the event is over.
  void write(std::string_view bytes);
  size_t backlog() const { return stream_->backlog(); }
  void pause() { stream_->pause(); }
  void resume() {
    if (!gone_) stream_->resume();
  }
  bool paused() const { return stream_->paused(); }

  // close_notify and FIN behind everything written.  Reading goes on.
  void end();
  // Nothing more can be said or lost here: both have finished, all is sent.
  bool over() const { return broken_ || (ended_ && gone_ && backlog() == 0); }

  // From here on no password passes: buffers are no longer overwritten.
  void stop_wiping();

  Stream& stream() { return *stream_; }

 private:
  void on_bytes(std::span<char> bytes) override;
  void on_end() override;
  void on_broken(std::string_view why) override;
  void on_drained() override { owner_->on_drained(*this); }

  void take(std::string_view bytes);
  void feed_tls(std::string_view bytes);
  void put(std::string_view bytes, Buffer& out);
  void release(std::unique_ptr<Buffer> scratch);

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  Owner* owner_;
  std::unique_ptr<TlsEngine> tls_;
  Buffer* gathering_ = nullptr;  // where write() puts bytes during an event
  bool sensitive_ = true;
  bool ended_ = false;
  bool told_end_ = false;
  bool gone_ = false;
  bool broken_ = false;  // the stream; backlog() will never drain
  bool deaf_ = false;    // TLS failed: what still comes is discarded
};

}  // namespace postern
