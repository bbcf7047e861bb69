#include "proxy/base/file_stamp.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/unit/temp_dir.h"

using namespace postern;

namespace {

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("a change is news once, when it has settled") {
  const TempDir folder;
  const std::string file = folder.path("a");
  WatchedFiles files({file, folder.path("b"), ""});
  CHECK_FALSE(files.changed(true));
  write(file, "1");
  CHECK_FALSE(files.changed(false));
  write(file, "12");
  CHECK_FALSE(files.changed(false));
  CHECK(files.changed(false));
  CHECK_FALSE(files.changed(false));
  CHECK_FALSE(files.changed(true));
}

TEST_CASE("who asks for it is told of a change at once") {
  const TempDir folder;
  WatchedFiles files({folder.path("a"), folder.path("b")});
  write(folder.path("b"), "1");
  CHECK(files.changed(true));
  CHECK_FALSE(files.changed(true));
  std::filesystem::remove(folder.path("b"));
  CHECK(files.changed(true));
}

TEST_CASE("a change that is taken back is none") {
  const TempDir folder;
  const std::string file = folder.path("a");
  WatchedFiles files({file});
  write(file, "1");
  CHECK_FALSE(files.changed(false));
  std::filesystem::remove(file);
  CHECK_FALSE(files.changed(false));
  CHECK_FALSE(files.changed(false));
}

TEST_CASE("renames and links that are swapped are changes") {
  const TempDir folder;
  const auto file = [&](const char* name) { return folder.path(name); };
  for (const char* name : {"1", "2", "3"})
    write(file(name), "same");
  std::filesystem::create_symlink(file("1"), file("live"));
  WatchedFiles files({file("live")});
  std::filesystem::create_symlink(file("2"), file("next"));
  std::filesystem::rename(file("next"), file("live"));
  CHECK(files.changed(true));
  std::filesystem::rename(file("3"), file("2"));
  CHECK(files.changed(true));
}

TEST_CASE("a link to nothing is no file") {
  const TempDir folder;
  std::filesystem::create_symlink(folder.path("gone"), folder.path("link"));
  CHECK_FALSE(FileStamp::of(folder.path("link")).exists());
  CHECK(FileStamp::of(folder.path("")).exists());
}
