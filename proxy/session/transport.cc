#include "proxy/session/transport.h"

#include <utility>

#include "proxy/protocol/proxy_header.h"

namespace postern {

Transport::Transport(Loop& loop, std::unique_ptr<Stream> stream, Owner& owner)
    : loop_(loop), stream_(std::move(stream)), owner_(&owner) {
  if (stream_) stream_->change_owner(*this);
}

Result<std::unique_ptr<Transport>> Transport::adopt(Loop& loop, int socket,
                                                    Owner& owner) {
  auto self = std::make_unique<Transport>(loop, nullptr, owner);
  auto stream = Stream::adopt(loop, socket, *self);
  if (!stream) return std::move(stream).error();
  self->stream_ = std::move(*stream);
  return self;
}

void Transport::start_tls(std::unique_ptr<TlsEngine> engine) {
  tls_ = std::move(engine);
  // Until the login: those who have logged in go before.
  stream_->expect_long_steps(true);
  auto scratch = loop_.borrow();
  const Status started =
      tls_->start(gathering_ != nullptr ? *gathering_ : *scratch);
  stream_->write(scratch->view());
  release(std::move(scratch));
  if (started) return;
  deaf_ = true;
  owner_->on_broken(*this, started.error().text);
}

void Transport::queue_ticket() {
  if (tls_) tls_->queue_ticket();
}

void Transport::stop_wiping() {
  sensitive_ = false;
  stream_->stop_wiping();
  stream_->expect_long_steps(false);
}

void Transport::write(std::string_view bytes) {
  if (ended_ || bytes.empty()) return;
  if (gathering_ != nullptr) return put(bytes, *gathering_);
  if (!tls_) return stream_->write(bytes);
  auto out = loop_.borrow();
  put(bytes, *out);
  stream_->write(out->view());
  release(std::move(out));
}

void Transport::end() {
  if (std::exchange(ended_, true)) return;
  auto out = loop_.borrow();
  if (gathering_ != nullptr) out->append(gathering_->view());
  if (gathering_ != nullptr) gathering_->wipe_clear();
  if (tls_) tls_->close(*out);
  stream_->finish(out->view());
  release(std::move(out));
}

void Transport::on_bytes(std::span<char> bytes) {
  if (deaf_) return;
  auto out = loop_.borrow();
  gathering_ = out.get();
  take({bytes.data(), bytes.size()});
  gathering_ = nullptr;
  if (!out->empty()) stream_->write(out->view());
  if (sensitive_) wipe(bytes.data(), bytes.size());
  release(std::move(out));
}

void Transport::replay(std::string_view bytes) {
  if (bytes.empty()) return;
  if (gathering_ != nullptr) return take(bytes);
  auto out = loop_.borrow();
  gathering_ = out.get();
  take(bytes);
  gathering_ = nullptr;
  if (!out->empty()) stream_->write(out->view());
  release(std::move(out));
}

void Transport::take(std::string_view bytes) {
  if (tls_)
    feed_tls(bytes);
  else
    owner_->on_plain(*this, bytes);
}

void Transport::feed_tls(std::string_view bytes) {
  const bool was_open = tls_->open();
  auto plain = loop_.borrow();
  const Status fed = tls_->feed(bytes, *plain, *gathering_);
  if (!was_open && tls_->open()) owner_->on_secured(*this);
  if (!plain->empty()) owner_->on_plain(*this, plain->view());
  release(std::move(plain));
  if (!fed) {
    deaf_ = true;
    return owner_->on_broken(*this, looks_like_proxy_header(bytes)
                                        ? "a PROXY header came that nobody "
                                          "asked for (accept_proxy_protocol)"
                                        : fed.error().text);
  }
  if (!tls_->peer_closed() || std::exchange(told_end_, true)) return;
  owner_->on_end(*this, true);
}

void Transport::on_end() {
  gone_ = true;
  if (handshaking() && !deaf_)
    owner_->on_broken(*this, "closed during the TLS handshake");
  else if (!std::exchange(told_end_, true))
    owner_->on_end(*this, !tls_);
  owner_->on_gone(*this);
}

void Transport::on_broken(std::string_view why) {
  broken_ = true;
  owner_->on_broken(*this, std::string(why));
}

void Transport::put(std::string_view bytes, Buffer& out) {
  if (!tls_) return out.append(bytes);
  const Status written = tls_->write(bytes, out);
  // Only a broken engine refuses to encrypt, and feed() reports that.
  if (!written) ended_ = true;
}

void Transport::release(std::unique_ptr<Buffer> scratch) {
  if (sensitive_) scratch->wipe_clear();
  loop_.give_back(std::move(scratch));
}

}  // namespace postern
