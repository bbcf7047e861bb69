#include "proxy/admin/caller.h"

#include <utility>

namespace postern {
namespace {

// Unsent octets beyond which a long answer waits for its reader.
constexpr size_t kWatermark = 65536;
// Neither a request, nor a byte taken of an answer.
constexpr uint64_t kPatience = 60000;  // milliseconds

}  // namespace

std::unique_ptr<Caller> Caller::make(Host& host, Loop& loop, int socket) {
  std::unique_ptr<Caller> self(
      new Caller(host, loop, local_peer(socket).value_or(LocalPeer{})));
  auto stream = Stream::adopt(loop, socket, *self);
  if (!stream) return nullptr;
  self->stream_ = std::move(*stream);
  self->send(std::string(kControlGreeting) + " " POSTERN_VERSION "\n");
  self->watch();
  self->stream_->resume();
  return self;
}

Caller::Caller(Host& host, Loop& loop, LocalPeer peer)
    : host_(host), peer_(peer), timer_(loop) {}

Caller::~Caller() {
  if (answer_ != nullptr) answer_->abandon();
}

void Caller::on_bytes(std::span<char> bytes) {
  requests_.append({bytes.data(), bytes.size()});
  watch();
  work();
}

// Requests are taken one by one: while one is carried out, those behind it wait
// unread.
void Caller::work() {
  if (std::exchange(working_, true)) return;
  while (!left_ && !closing_ && idle() && !congested()) {
    auto request = requests_.next();
    if (!request) break;
    if (*request)
      take(std::move(**request));
    else
      refuse(Trouble::Usage, request->error().text);
  }
  working_ = false;
  if (left_) return;
  if (closing_ && idle() && stream_->backlog() == 0) return leave();
  const bool ready = idle() && !closing_ && !congested();
  ready ? stream_->resume() : stream_->pause();
}

void Caller::take(std::vector<std::string> words) {
  Answer::Sink& here = *this;  // a private base, which make_shared cannot see
  auto answer = std::make_shared<Answer>(here);
  answer_ = answer.get();
  host_.on_request(*this, std::move(words), requests_.line(),
                   std::move(answer));
}

// Whoever does not speak our language is not listened to any longer.
void Caller::refuse(Trouble trouble, std::string_view text) {
  closing_ = true;
  Answer(*this).fail(trouble, text);
}

void Caller::turn_away() {
  refuse(Trouble::Busy, "too many clients, try again later");
}

void Caller::on_answered() {
  answer_ = nullptr;
  watch();
  work();
}

void Caller::on_end() {
  closing_ = true;
  work();
}

void Caller::on_drained() {
  watch();
  if (answer_ != nullptr) return answer_->drained();
  work();
}

void Caller::send(std::string_view bytes) {
  if (!left_) stream_->write(bytes);
}

bool Caller::congested() const {
  return stream_->backlog() > kWatermark;
}

// While we are at work and everything was taken, the client waits for us.
void Caller::watch() {
  timer_.start(kPatience, [this] {
    if (!idle() && stream_->backlog() == 0) return watch();
    leave();
  });
}

void Caller::leave() {
  if (std::exchange(left_, true)) return;
  timer_.stop();
  if (answer_ != nullptr) std::exchange(answer_, nullptr)->abandon();
  stream_->finish();
  host_.on_left(*this);
}

}  // namespace postern
