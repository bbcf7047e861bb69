#include "proxy/base/file_stamp.h"

#include <sys/stat.h>

namespace postern {
namespace {

int64_t nanoseconds(const timespec& time) {
  constexpr int64_t kSecond = 1000000000;
  return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace

FileStamp FileStamp::of(const std::string& path) {
  struct stat about {};
  if (path.empty() || stat(path.c_str(), &about) != 0) return {};
  return {about.st_dev, about.st_ino, about.st_size, nanoseconds(about.st_mtim),
          nanoseconds(about.st_ctim)};
}

WatchedFiles::WatchedFiles(std::vector<std::string> paths)
    : paths_(std::move(paths)), known_(look()) {}

bool WatchedFiles::changed(bool at_once) {
  std::vector<FileStamp> now = look();
  if (now == known_) {
    seen_.clear();
    return false;
  }
  if (!at_once && now != seen_) {
    seen_ = std::move(now);
    return false;
  }
  known_ = std::move(now);
  seen_.clear();
  return true;
}

std::vector<FileStamp> WatchedFiles::look() const {
  std::vector<FileStamp> stamps;
  stamps.reserve(paths_.size());
  for (const std::string& path : paths_)
    stamps.push_back(FileStamp::of(path));
  return stamps;
}

}  // namespace postern
