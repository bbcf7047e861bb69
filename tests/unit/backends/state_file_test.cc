#include "backends/state_file.h"

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "backends/director.h"

using namespace postern;
using Table = StateRow::Table;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/postern-state-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return path + "/state.db"; }
  std::string path;
};

// What the file's thread answers.
class Answers {
 public:
  StateFile::Saved next() {
    return [this](const std::string& trouble) {
      const std::lock_guard lock(mutex_);
      trouble_ = trouble;
      ++count_;
      came_.notify_all();
    };
  }
  std::string wait(int count = 1) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return count_ >= count; });
    count_ = 0;
    return trouble_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::string trouble_;
  int count_ = 0;
};

StateRow override_row(const std::string& user, const std::string& to) {
  return {.table = Table::Overrides, .pool = "p", .name = user, .to = to};
}

std::string save(StateFile& file, const StateRows& rows) {
  Answers answers;
  file.save(rows, answers.next());
  return answers.wait();
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

// "p/alice>a"; sorted as SQLite has them.
std::string overrides(const std::string& path) {
  const auto rows = load_state(path);
  if (!rows) return rows.error().text;
  std::string text;
  for (const StateRow& row : *rows)
    text += row.pool + "/" + row.name + ">" + row.to + " ";
  return text;
}

}  // namespace

TEST_CASE("what is saved is there for the next process") {
  const Folder folder;
  CHECK(load_state(folder.file())->empty());
  CHECK_FALSE(std::filesystem::exists(folder.file()));
  {
    StateFile file(folder.file(), nullptr);
    CHECK(save(file, {override_row("alice", "a:143"),
                      override_row("bob", "b")}) == "");
    CHECK(overrides(folder.file()) == "p/alice>a:143 p/bob>b ");
    CHECK(save(file, {override_row("alice", "c")}) == "");
    StateRow gone = override_row("bob", "");
    gone.gone = true;
    CHECK(save(file, {gone}) == "");
  }
  CHECK(overrides(folder.file()) == "p/alice>c ");
  struct stat info {};
  REQUIRE(stat(folder.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 07) == 0);
}

TEST_CASE("all that is known of a backend comes back") {
  const Folder folder;
  StateFile file(folder.file(), nullptr);
  StateRow row{.table = Table::Backends, .pool = "p", .name = "[::1]:143"};
  row.weight = 7;
  row.drain = Drain::Leave;
  row.down = true;
  StateRow other{.table = Table::Backends, .pool = "", .name = "a"};
  other.drain = Drain::NoNewUsers;
  CHECK(save(file, {row, other}) == "");
  const auto rows = load_state(folder.file());
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK_FALSE((*rows)[0].weight);
  CHECK((*rows)[0].drain == Drain::NoNewUsers);
  CHECK_FALSE((*rows)[0].down);
  CHECK((*rows)[1].weight == 7);
  CHECK((*rows)[1].drain == Drain::Leave);
  CHECK((*rows)[1].down);

  Director director;
  REQUIRE(director.recall(folder.file()));
  const auto state = director.roster().state_of("p", {"::1", 143});
  CHECK(state->weight() == 7);
  CHECK(state->drain() == Drain::Leave);
  CHECK(state->taken_down());
}

TEST_CASE("a file of something else is left alone, whoever asks") {
  const Folder folder;
  const auto check = [&](const std::string& why) {
    CAPTURE(why);
    const auto before = std::filesystem::file_size(folder.file());
    CHECK(load_state(folder.file()).error().text.find(why) !=
          std::string::npos);
    StateFile file(folder.file(), nullptr);
    CHECK(save(file, {override_row("alice", "a")}).find(why) !=
          std::string::npos);
    CHECK(std::filesystem::file_size(folder.file()) == before);
  };
  std::ofstream(folder.file()) << std::string(5000, 'x');
  check("file is not a database");
  std::filesystem::remove(folder.file());
  run_sql(folder.file(), "CREATE TABLE mine (a)");
  check("it is a database of something else");
  std::filesystem::remove(folder.file());
  run_sql(folder.file(),
          "PRAGMA application_id=1349481332; PRAGMA user_version=99;"
          "CREATE TABLE a (b)");
  check("it is of version 99, this Postern knows version 1");
}

TEST_CASE("what could not be saved is saved when it can be") {
  const Folder folder;
  std::ofstream(folder.file()) << std::string(5000, 'x');
  StateFile file(folder.file(), nullptr);
  CHECK(save(file, {override_row("alice", "a")}) != "");
  CHECK(save(file, {override_row("alice", "b")}) != "");
  std::filesystem::remove(folder.file());
  CHECK(save(file, {override_row("bob", "c")}) == "");
  CHECK(overrides(folder.file()) == "p/alice>b p/bob>c ");
}

TEST_CASE("a file that is taken away is made anew") {
  const Folder folder;
  StateFile file(folder.file(), nullptr);
  CHECK(save(file, {override_row("alice", "a")}) == "");
  for (const char* end : {"", "-wal", "-shm"})
    std::filesystem::remove(folder.file() + end);
  CHECK(save(file, {override_row("bob", "b")}) == "");
  CHECK(overrides(folder.file()) == "p/bob>b ");
}

TEST_CASE("a folder that is not there is trouble, and no more") {
  StateFile file("/nonexistent/state.db", nullptr);
  CHECK(save(file, {override_row("alice", "a")}) ==
        "state_file /nonexistent/state.db: No such file or directory");
  CHECK(load_state("/nonexistent/state.db")->empty());
}
