#include "proxy/session/splice.h"

#include <utility>

#include "proxy/net/loop.h"

namespace postern {
namespace {

constexpr uint64_t kTimeToAnswer = 5000;  // milliseconds

}  // namespace

Splice::Splice(Loop& loop, Transport& client, Transport& backend,
               SpliceOptions options, Owner& owner)
    : loop_(loop),
      client_(client),
      backend_(backend),
      options_(options),
      owner_(owner),
      idle_(loop) {}

void Splice::start(std::string_view for_client, std::string_view for_backend) {
  client_.change_owner(*this);
  backend_.change_owner(*this);
  last_byte_ = loop_.now();
  if (options_.idle_ms != 0) watch_idle();
  client_.resume();
  backend_.resume();
  sent_ += for_client.size();
  carry(client_, for_client);
  received_ += for_backend.size();
  carry(backend_, for_backend);
}

void Splice::stop() {
  over_ = true;
  idle_.stop();
  client_.pause();
  backend_.pause();
}

void Splice::on_plain(Transport& from, std::string_view bytes) {
  if (over_) return;
  last_byte_ = loop_.now();
  if (loop_.crowded()) hurry();
  if (&from == &client_) client_spoke_ = last_byte_;
  (&from == &client_ ? received_ : sent_) += bytes.size();
  carry(other(from), bytes);
}

void Splice::hurry() {
  client_.stream().enter_fast_lane();
  backend_.stream().enter_fast_lane();
}

void Splice::carry(Transport& to, std::string_view bytes) {
  to.write(bytes);
  if (to.backlog() > options_.watermark) other(to).pause();
}

void Splice::on_drained(Transport& side) {
  if (over_) return;
  last_byte_ = loop_.now();  // a slow reader is not an idle one
  if (lost_) return;
  if (side.backlog() <= options_.watermark / 2) other(side).resume();
}

// A client that has said all it wants may still read (half-close): what it
// pipelined gets its answers.  A backend that has left ends the session.
void Splice::on_end(Transport& side, bool clean) {
  if (over_) return;
  if (&side == &client_) {
    client_left_ = true;
    backend_.end();
    return;
  }
  std::string reason = client_left_ ? "client closed" : "backend closed";
  if (!clean) reason += " (truncated: no TLS close_notify)";
  lose_backend(std::move(reason));
}

// Most backends that close do so because they were asked to (LOGOUT, QUIT),
// with a reset where the client had more to say: those are not lost, and nobody
// is to wait for the end.
bool Splice::backend_answers() const {
  return client_spoke_ && loop_.now() - *client_spoke_ < kTimeToAnswer;
}

// What it has sent still reaches the client at once, the end perhaps later.
void Splice::lose_backend(std::string reason) {
  const bool lost = !client_left_ && !backend_answers();
  const uint64_t wait = lost ? owner_.grace_ms() : 0;
  if (wait == 0) return finish(Ending::Orderly, std::move(reason));
  client_.pause();
  backend_.end();
  lost_ = true;
  idle_.start(wait, [this, reason = std::move(reason)] {
    finish(Ending::Orderly, reason);
  });
}

void Splice::on_broken(Transport& side, const std::string& why) {
  if (over_ || (lost_ && &side == &backend_)) return;
  std::string reason = std::string(name(side)) + ": " + why;
  if (&side == &client_) return finish(Ending::ClientLeft, std::move(reason));
  lose_backend(std::move(reason));
}

// The clock is looked at when it rings, not wound up at every byte.
void Splice::watch_idle() {
  const uint64_t idle = loop_.now() - last_byte_;
  if (idle >= options_.idle_ms) return finish(Ending::TimedOut, "idle timeout");
  idle_.start(options_.idle_ms - idle, [this] { watch_idle(); });
}

void Splice::finish(Ending ending, std::string reason) {
  stop();
  client_.end();
  backend_.end();
  owner_.on_spliced_out(ending, std::move(reason));
}

}  // namespace postern
