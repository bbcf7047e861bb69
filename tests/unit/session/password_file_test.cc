#include "proxy/session/password_file.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/unit/temp_dir.h"

using namespace postern;

namespace {

namespace fs = std::filesystem;

struct PasswordFile {
  TempDir folder;
  std::string path = folder.path("password");

  explicit PasswordFile(std::string_view text, fs::perms mode) {
    std::ofstream(path) << text;
    fs::permissions(path, mode);
  }
  std::string outcome() const {
    const auto password = read_private_password(path);
    return password ? std::string(password->view()) : password.error().text;
  }
};

constexpr fs::perms kOwner = fs::perms::owner_read | fs::perms::owner_write;

}  // namespace

TEST_CASE("a password is one line") {
  CHECK(PasswordFile("to or\n", kOwner).outcome() == "to or");
  CHECK(PasswordFile("toor\r\n", kOwner | fs::perms::group_read).outcome() ==
        "toor");
  for (const char* wrong : {"", "\n", "a\nb\n"}) {
    const PasswordFile file(wrong, kOwner);
    CHECK(file.outcome() == file.path + ": expected one line of text");
  }
}

TEST_CASE("a mighty password is nothing for everybody to read") {
  for (const fs::perms wrong :
       {fs::perms::others_read, fs::perms::others_write})
    CHECK(PasswordFile("toor\n", kOwner | wrong).outcome().find("chmod o=") !=
          std::string::npos);
  CHECK(read_password(PasswordFile("toor\n", fs::perms::all).path));
  CHECK_FALSE(read_private_password("/nonexistent"));
}
