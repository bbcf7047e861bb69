#include "proxy/net/connector.h"

#include <algorithm>
#include <utility>

#include "proxy/net/loop.h"

namespace postern {

Connector::Connector(Loop& loop, To to, uint64_t milliseconds, Done done)
    : loop_(loop),
      addresses_(std::move(to.addresses)),
      sources_(std::move(to.sources)),
      deadline_(loop.now() + milliseconds),
      done_(std::move(done)),
      timer_(loop) {}

void Connector::start() {
  try_next();
}

void Connector::try_next() {
  stream_.reset();
  if (next_ == addresses_.size() || loop_.now() >= deadline_) {
    timer_.stop();
    return done_(
        Error{Fault::Network, failures_.empty() ? "no time left" : failures_});
  }
  const uint64_t share =
      (deadline_ - loop_.now()) / (addresses_.size() - next_);
  auto stream = connect(addresses_[next_++]);
  if (!stream) return failed(stream.error().text);
  stream_ = std::move(*stream);
  timer_.start(std::max<uint64_t>(share, 1), [this] { failed("timed out"); });
}

// From the first of our addresses that has a port left for it.
Result<std::unique_ptr<Stream>> Connector::connect(const Address& to) {
  const std::vector<Address> ours =
      sources_ ? sources_->towards(to) : std::vector<Address>();
  if (ours.empty()) return Stream::connect(loop_, to, *this);
  std::string failures;
  for (const Address& from : ours) {
    auto stream = Stream::connect(loop_, to, *this, &from);
    if (stream) return stream;
    if (!failures.empty()) failures += "; ";
    failures += "from " + from.ip() + ": " + stream.error().text;
  }
  return Error{Fault::Network, std::move(failures)};
}

void Connector::failed(std::string_view why) {
  if (!failures_.empty()) failures_ += "; ";
  failures_ += addresses_[next_ - 1].text() + ": ";
  failures_ += why;
  try_next();
}

void Connector::on_connected() {
  timer_.stop();
  done_(std::move(stream_));
}

}  // namespace postern
