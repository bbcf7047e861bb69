#include "proxy/protocol/line_buffer.h"

#include <algorithm>

namespace postern {

void LineBuffer::append(std::string_view bytes) {
  compact();
  if (held_.size() + bytes.size() > held_.capacity()) {
    // Grow by hand: std::string would leave an unwiped copy behind.
    std::string larger;
    larger.reserve(std::max(held_.size() + bytes.size(), 2 * held_.capacity()));
    larger = held_;
    wipe(held_);
    held_.swap(larger);
  }
  held_.append(bytes);
}

std::optional<std::string_view> LineBuffer::next() {
  const size_t end = held_.find('\n', std::max(start_, scanned_));
  if (end == std::string::npos) {
    scanned_ = held_.size();
    return std::nullopt;
  }
  if (end - start_ > limit_) return std::nullopt;
  std::string_view line(held_.data() + start_, end - start_);
  start_ = scanned_ = end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view LineBuffer::take(size_t most) {
  const size_t size = std::min(most, held());
  const std::string_view bytes(held_.data() + start_, size);
  start_ += size;
  scanned_ = start_;
  return bytes;
}

bool LineBuffer::too_long() const {
  const size_t from = std::max(start_, scanned_);
  return std::min(held_.find('\n', from), held_.size()) - start_ > limit_;
}

void LineBuffer::clear() {
  wipe(held_);
  start_ = scanned_ = 0;
}

std::string LineBuffer::take_all() {
  std::string all(take(held()));
  clear();
  return all;
}

void LineBuffer::compact() {
  if (start_ == 0) return;
  // What moves to the front must not leave a copy of itself behind either.
  const size_t kept = held();
  std::copy_n(held_.data() + start_, kept, held_.data());
  wipe(held_.data() + kept, start_);
  held_.resize(kept);
  scanned_ -= std::min(scanned_, start_);
  start_ = 0;
}

}  // namespace postern
