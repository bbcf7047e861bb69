#include "proxy/tls/passphrase.h"

#include <cerrno>
#include <map>
#include <mutex>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "proxy/base/file.h"
#include "proxy/base/system_error.h"

namespace postern {
namespace {

constexpr size_t kLongest = 4096;

Secret first_line(std::string& bytes) {
  std::string_view line = bytes;
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  Secret passphrase(line);
  wipe(bytes);
  return passphrase;
}

// Up to the end of a line: what writes it may keep it open.
Result<Secret> read_descriptor(int descriptor) {
  std::string bytes;
  bytes.reserve(kLongest);  // never moved, so that wiping it wipes all
  char octet = 0;
  while (bytes.size() < kLongest && octet != '\n') {
    const ssize_t size = read(descriptor, &octet, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0)
      return Error{Fault::Config, "descriptor " + std::to_string(descriptor) +
                                      ": " + system_error(errno)};
    if (size == 0) break;
    bytes += octet;
  }
  return first_line(bytes);
}

}  // namespace

Result<Secret> passphrase_of_file(const std::string& path) {
  if (path.empty()) return Secret();
  auto bytes = read_file(path, kLongest);
  if (!bytes) return std::move(bytes).error();
  return first_line(*bytes);
}

Result<Secret> passphrase_of_descriptor(int descriptor) {
  static std::mutex mutex;
  static std::map<int, Secret> known;
  const std::lock_guard lock(mutex);
  auto found = known.find(descriptor);
  if (found == known.end()) {
    auto read = read_descriptor(descriptor);
    if (!read) return std::move(read).error();
    found = known.emplace(descriptor, std::move(*read)).first;
  }
  return Secret(found->second.view());
}

}  // namespace postern
