// Collects what is wrong, so that an administrator sees everything at once.

#pragma once

#include <string>
#include <string_view>

#include "proxy/base/result.h"

namespace postern {

class Problems {
 public:
  void add(std::string_view text) {
    if (++count_ > kShown) return;
    if (count_ > 1) text_ += '\n';
    text_ += text;
  }
  bool any() const { return count_ != 0; }

  // One problem a line; a file that is something else altogether would fill
  // the screen, so there is an end to them.
  Error error() const {
    const std::string more = "\n... and " + std::to_string(count_ - kShown) +
                             " more problems of this kind";
    return {Fault::Config, count_ > kShown ? text_ + more : text_};
  }

 private:
  static constexpr size_t kShown = 50;
  std::string text_;
  size_t count_ = 0;
};

}  // namespace postern
