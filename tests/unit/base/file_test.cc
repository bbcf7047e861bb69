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
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{65536}, size_t{200000}}) {
    const std::string bytes(size, 'x');
    std::ofstream(path) << bytes;
    CHECK(*read_file(path, size) == bytes);
  }
  CHECK(read_file(path, 199999).error().text ==
        path + ": is larger than 199999 octets");
  std::filesystem::remove(path);
  CHECK(read_file(path, 1).error().text ==
        path + ": No such file or directory");
  CHECK(read_file("/", 1).error().text == "/: Is a directory");
  CHECK(read_file("/", 1).error().fault == Fault::Config);
}
