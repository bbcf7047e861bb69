#include "proxy/tls/system_trust.h"

#include <cstdlib>
#include <mutex>
#include <new>
#include <string>

#include "proxy/base/file_stamp.h"

namespace postern {
namespace {

// Where OpenSSL will look, which only its manual says.
FileStamp stamp_of_file() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  const char* named = std::getenv(X509_get_default_cert_file_env());
  return FileStamp::of(named != nullptr ? named : X509_get_default_cert_file());
}

StorePtr read() {
  StorePtr store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  X509_STORE_set_default_paths(store.get());
  return store;
}

struct Kept {
  std::mutex mutex;  // guards the rest
  StorePtr store;
  FileStamp stamp;
};

}  // namespace

StorePtr system_trust() {
  static Kept kept;
  const std::lock_guard lock(kept.mutex);
  const FileStamp now = stamp_of_file();
  if (!kept.store || now != kept.stamp) kept.store = read();
  kept.stamp = now;
  X509_STORE_up_ref(kept.store.get());
  return StorePtr(kept.store.get());
}

}  // namespace postern
