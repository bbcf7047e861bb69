// Routes for users by a large SQLite map: with the cache and without.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include <sqlite3.h>

#include "lookup/chain.h"
#include "proxy/net/loop.h"
#include "tests/bench/micro.h"

using namespace postern;

namespace {

// POSTERN_BENCH_ROWS in the environment asks for another number.
size_t rows(const bench::Micro& micro) {
  if (micro.smoke()) return 100;
  const char* wanted = std::getenv("POSTERN_BENCH_ROWS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1000000;
}

void must(bool well, const char* what) {
  if (well) return;
  std::fprintf(stderr, "lookup_bench: %s\n", what);
  std::exit(1);
}

class Users {
 public:
  explicit Users(size_t count) : count_(count) {
    sqlite3* database = nullptr;
    must(sqlite3_open(path_.c_str(), &database) == SQLITE_OK, "sqlite3_open");
    const std::string sql =
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
        "CREATE TABLE tblPerdition(user TEXT PRIMARY KEY, servername TEXT,"
        " port TEXT) WITHOUT ROWID;"
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
        " WHERE i + 1 < " +
        std::to_string(count) +
        ") INSERT INTO tblPerdition SELECT 'user' || i || '@example.org',"
        " '127.0.0.' || (1 + i % 200), '143' FROM n ORDER BY 1;";
    must(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) ==
             SQLITE_OK,
         "cannot fill the table");
    sqlite3_close(database);
  }
  ~Users() { std::filesystem::remove(path_); }
  Users(const Users&) = delete;
  Users& operator=(const Users&) = delete;

  const std::string& path() const { return path_; }
  std::string any() {
    return "user" + std::to_string(random_() % count_) + "@example.org";
  }

 private:
  const size_t count_;
  const std::string path_ = std::filesystem::temp_directory_path() /
                            ("bench-users-" + std::to_string(getpid()));
  std::mt19937_64 random_{1};
};

std::shared_ptr<Chain> open_chain(const Users& users, size_t cached) {
  ChainOptions options;
  options.maps.push_back({.type = "sqlite", .argument = users.path()});
  options.cache.max_entries = cached;
  auto chain = Chain::open(options);
  must(static_cast<bool>(chain), "cannot open the map");
  return *chain;
}

void ask(Loop& loop, Chain& chain, const std::string& user) {
  std::optional<Map::Answer> got;
  Question question;
  question.user = user;
  chain.find(loop, question, false,
             [&](Map::Answer answer, const Chain::Trace&) {
               got = std::move(answer);
             });
  while (!got)
    loop.run_once();
  must(*got && **got, "a user is missing");
}

}  // namespace

// The lookups wait for a thread, so time on the clock tells more than the CPU
// time of this one; both are printed.
int main(int count, char** words) {
  const bench::Micro micro(count, words);
  Users users(rows(micro));
  Loop loop;
  const auto uncached = open_chain(users, 0);
  const auto cached = open_chain(users, 100000);
  const std::string known = users.any();
  micro.measure("a user, not remembered (this thread)", 2000,
                [&] { ask(loop, *uncached, users.any()); });
  micro.measure("a user, remembered", 20000,
                [&] { ask(loop, *cached, known); });
}
