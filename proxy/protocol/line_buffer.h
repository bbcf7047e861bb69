// Cuts a byte stream into lines ending in CRLF or bare LF, and into blocks of
// announced length.  Consumed bytes are wiped: lines carry passwords.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/secret.h"

namespace postern {

// A line longer than `limit` is never handed out, however the network happened
// to slice it.  Views stay valid until the next append(), next() or take().
class LineBuffer {
 public:
  explicit LineBuffer(size_t limit) : limit_(limit) {}
  ~LineBuffer() { clear(); }
  LineBuffer(const LineBuffer&) = delete;
  LineBuffer& operator=(const LineBuffer&) = delete;

  void append(std::string_view bytes);

  // From here on; of the line being collected, too.
  void change_limit(size_t limit) { limit_ = limit; }

  // The next whole line without its end, or nothing yet (or too_long()).
  std::optional<std::string_view> next();

  // What is held, without taking it.
  std::string_view peek() const { return {held_.data() + start_, held()}; }

  // Up to `most` octets of what is held, whatever they are.
  std::string_view take(size_t most);

  // True if the line being collected exceeds the limit.
  bool too_long() const;

  size_t held() const { return held_.size() - start_; }
  bool empty() const { return held() == 0; }
  void clear();

  // Wipes what has been handed out at once, not only when more comes.
  void wipe_taken() { compact(); }

  // Everything held, leaving nothing behind.
  std::string take_all();

 private:
  void compact();

  size_t limit_;
  std::string held_;
  size_t start_ = 0;    // what precedes has been handed out
  size_t scanned_ = 0;  // no line end between start_ and here
};

}  // namespace postern
