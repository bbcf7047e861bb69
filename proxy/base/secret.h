// A password while we carry it.  It wipes its memory when it grows, moves on or
// dies, and there is deliberately no way to print, compare or log it: the bytes
// leave only through view(), which is easy to find in a review.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace postern {

// Overwrites memory in a way the compiler may not remove.
void wipe(void* memory, size_t size) noexcept;

// Overwrites the whole capacity, then empties the string.
void wipe(std::string& text) noexcept;

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) { append(bytes); }
  // Takes the bytes and wipes where they came from.
  static Secret take(std::string& from);

  ~Secret() { clear(); }
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  void append(std::string_view bytes);
  void clear() noexcept;

  std::string_view view() const { return {bytes_.get(), size_}; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace postern
