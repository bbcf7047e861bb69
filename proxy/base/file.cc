#include "proxy/base/file.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

Error file_error(const std::string& path, std::string text) {
  return Error{Fault::Config, std::move(text)}.in(printable(path));
}

Error system_error(const std::string& path) {
  return file_error(path, std::generic_category().message(errno));
}

Result<std::string> read_all(int file, const std::string& path, size_t limit) {
  std::string bytes;
  for (;;) {
    char piece[16384];
    const ssize_t size = read(file, piece, sizeof piece);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error(path);
    if (size == 0) return bytes;
    bytes.append(piece, static_cast<size_t>(size));
    if (bytes.size() > limit)
      return file_error(path,
                        "is larger than " + std::to_string(limit) + " octets");
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

}  // namespace postern
