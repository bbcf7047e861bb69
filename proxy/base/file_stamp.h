// Whether files have changed since they were read: by asking, not by being
// told, so that renames, swapped symbolic links and network file systems are
// all seen.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace postern {

// What tells one state of a file from another; symbolic links are followed, so
// that a link to another file is another state.  All zero: there is no file.
struct FileStamp {
  uint64_t device = 0;
  uint64_t number = 0;
  int64_t size = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;

  static FileStamp of(const std::string& path);
  bool exists() const { return number != 0; }
  bool operator==(const FileStamp&) const = default;
};

// Files that mean something together.  Used by one thread.
class WatchedFiles {
 public:
  WatchedFiles() = default;
  // Before they are read: what changes from now on is news.
  explicit WatchedFiles(std::vector<std::string> paths);

  // True if they are not what they were and have been left in peace since the
  // last call (that they are still being written is likely otherwise), or have
  // changed at all with `at_once`.
  bool changed(bool at_once);

 private:
  std::vector<FileStamp> look() const;

  std::vector<std::string> paths_;
  std::vector<FileStamp> known_;
  std::vector<FileStamp> seen_;  // at the last call, if it was a change
};

}  // namespace postern
