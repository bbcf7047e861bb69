#include "tests/bench/micro.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include <openssl/crypto.h>

namespace {

std::atomic<uint64_t> made{0};

void* counted(size_t size, const char*, int) {
  made.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}

void* counted_again(void* old, size_t size, const char*, int) {
  made.fetch_add(1, std::memory_order_relaxed);
  return std::realloc(old, size);
}

void freed(void* old, const char*, int) {
  std::free(old);
}

// Only possible before OpenSSL has allocated anything.
const int taken_over = CRYPTO_set_mem_functions(counted, counted_again, freed);

}  // namespace

uint64_t bench::allocations() {
  return made.load(std::memory_order_relaxed);
}

void* operator new(size_t size) {
  made.fetch_add(1, std::memory_order_relaxed);
  if (void* fresh = std::malloc(size)) return fresh;
  throw std::bad_alloc();
}

void operator delete(void* old) noexcept {
  std::free(old);
}

void operator delete(void* old, size_t) noexcept {
  std::free(old);
}
