// Bytes on their way: grows without zeroing what is about to be overwritten,
// keeps its memory when emptied.  For the scratch space a reactor reuses; not
// for secrets unless wiped.

#pragma once

#include <cstring>
#include <memory>
#include <string_view>

#include "proxy/base/secret.h"

namespace postern {

class Buffer {
 public:
  // At least `size` writable bytes behind the end; commit() what was used.
  char* room(size_t size) {
    if (size_ + size > capacity_) grow(size_ + size);
    return bytes_.get() + size_;
  }
  void commit(size_t size) { size_ += size; }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
  }

  std::string_view view() const { return {bytes_.get(), size_}; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }
  // Empties and overwrites what was in use.
  void wipe_clear() {
    if (size_ != 0) wipe(bytes_.get(), size_);
    size_ = 0;
  }
  void release() {
    bytes_.reset();
    size_ = capacity_ = 0;
  }

 private:
  void grow(size_t needed) {
    const size_t larger = needed > capacity_ * 2 ? needed : capacity_ * 2;
    std::unique_ptr<char[]> fresh(new char[larger]);
    if (size_ != 0) std::memcpy(fresh.get(), bytes_.get(), size_);
    if (size_ != 0) wipe(bytes_.get(), size_);
    bytes_ = std::move(fresh);
    capacity_ = larger;
  }

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace postern
