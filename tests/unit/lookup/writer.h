// Somebody else's hand on a SQLite database.

#pragma once

#include <string>

#include <doctest/doctest.h>
#include <sqlite3.h>

namespace postern {

class Writer {
 public:
  explicit Writer(const std::string& path) {
    REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
  }
  ~Writer() { sqlite3_close(database_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& run(const std::string& sql) {
    char* error = nullptr;
    sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, &error);
    REQUIRE_MESSAGE(error == nullptr, error);
    return *this;
  }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace postern
