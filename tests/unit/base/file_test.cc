#include "proxy/base/file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("a file is read whole or not at all") {
  std::string path = std::filesystem::temp_directory_path() / "postern.XXXXXX";
  close(mkstemp(path.data()));
  const std::string bytes(40000, 'x');
  std::ofstream(path) << bytes;
  CHECK(*read_file(path, 40000) == bytes);
  CHECK(read_file(path, 39999).error().text ==
        path + ": is larger than 39999 octets");
  std::filesystem::remove(path);
  CHECK(read_file(path, 1).error().text ==
        path + ": No such file or directory");
  CHECK(read_file("/", 1).error().text == "/: Is a directory");
  CHECK(read_file("/", 1).error().fault == Fault::Config);
}
