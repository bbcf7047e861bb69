#include "proxy/base/secret.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace postern {
namespace {

// Most names and passwords never grow beyond it.
constexpr size_t kLeast = 64;

}  // namespace

void wipe(void* memory, size_t size) noexcept {
  explicit_bzero(memory, size);
}

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // never reallocates: capacity is there
  wipe(text.data(), text.size());
  text.clear();
}

Secret Secret::take(std::string& from) {
  Secret taken{from};
  wipe(from);
  return taken;
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  clear();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

void Secret::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (size_ + bytes.size() > capacity_) {
    const size_t larger =
        std::max({size_ + bytes.size(), capacity_ * 2, kLeast});
    auto fresh = std::make_unique<char[]>(larger);
    if (size_ != 0) std::memcpy(fresh.get(), bytes_.get(), size_);
    if (bytes_) wipe(bytes_.get(), capacity_);
    bytes_ = std::move(fresh);
    capacity_ = larger;
  }
  std::memcpy(bytes_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void Secret::clear() noexcept {
  if (bytes_) wipe(bytes_.get(), capacity_);
  bytes_.reset();
  size_ = capacity_ = 0;
}

}  // namespace postern
