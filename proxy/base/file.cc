#include "proxy/base/file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr size_t kFirstChunk = 65536;

Error file_error(const std::string& path, std::string text) {
  return Error{Fault::Config, std::move(text)}.in(printable(path));
}

Error system_error(const std::string& path) {
  return file_error(path, std::generic_category().message(errno));
}

// Key files come this way too: what fits the first chunk is never copied, so
// that wiping the result wipes all there was.
Result<std::string> read_all(int file, const std::string& path, size_t limit) {
  std::string bytes(kFirstChunk, '\0');
  for (size_t used = 0;;) {
    if (used == bytes.size()) bytes.resize(2 * used);
    const ssize_t size = read(file, bytes.data() + used, bytes.size() - used);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error(path);
    used += static_cast<size_t>(size);
    if (used > limit)
      return file_error(path,
                        "is larger than " + std::to_string(limit) + " octets");
    if (size > 0) continue;
    bytes.resize(used);
    return {std::move(bytes)};
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t limit) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return system_error(path);
  auto bytes = read_all(file, path, limit);
  close(file);
  return bytes;
}

bool open_to_others(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 &&
         (file.st_mode & (S_IROTH | S_IWOTH)) != 0;
}

}  // namespace postern
