#include "backends/state_file.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <sqlite3.h>

#include "proxy/base/ascii.h"
#include "proxy/base/foreign.h"
#include "proxy/base/log.h"
#include "proxy/base/system_error.h"

namespace postern {
namespace {

using Handle = Foreign<sqlite3, sqlite3_close>;
using Statement = Foreign<sqlite3_stmt, sqlite3_finalize>;
using Table = StateRow::Table;

constexpr int kPatienceMs = 2000;  // with whoever has locked the file
constexpr auto kRetry = std::chrono::seconds(10);
constexpr int kVersion = 1;
constexpr int kApplication = 0x506f7374;  // "Post"

// Changes to it need another kVersion, and a way from the old one.
constexpr char kSchema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE overrides (pool TEXT NOT NULL, user TEXT NOT NULL,"
    " backend TEXT NOT NULL, since INTEGER NOT NULL,"
    " PRIMARY KEY (pool, user)) WITHOUT ROWID;"
    "CREATE TABLE backends (pool TEXT NOT NULL, backend TEXT NOT NULL,"
    " weight INTEGER, drain INTEGER NOT NULL, down INTEGER NOT NULL,"
    " since INTEGER NOT NULL, PRIMARY KEY (pool, backend)) WITHOUT ROWID;"
    "CREATE TABLE moves (pool TEXT NOT NULL, user TEXT NOT NULL,"
    " source TEXT NOT NULL, target TEXT NOT NULL, since INTEGER NOT NULL,"
    " PRIMARY KEY (pool, user)) WITHOUT ROWID;"
    "PRAGMA application_id=1349481332; PRAGMA user_version=1;"
    "COMMIT";

// What each table is read and written by; the numbers are those of bind().
struct TableSql {
  const char* select;
  const char* replace;
  const char* remove;
};

constexpr TableSql kTables[] = {
    {"SELECT pool, user, '', backend, NULL, 0, 0 FROM overrides",
     "REPLACE INTO overrides VALUES (?1, ?2, ?4, unixepoch())",
     "DELETE FROM overrides WHERE pool = ?1 AND user = ?2"},
    {"SELECT pool, backend, '', '', weight, drain, down FROM backends",
     "REPLACE INTO backends VALUES (?1, ?2, ?5, ?6, ?7, unixepoch())",
     "DELETE FROM backends WHERE pool = ?1 AND backend = ?2"},
    {"SELECT pool, user, source, target, NULL, 0, 0 FROM moves",
     "REPLACE INTO moves VALUES (?1, ?2, ?3, ?4, unixepoch())",
     "DELETE FROM moves WHERE pool = ?1 AND user = ?2"},
};

constexpr Table kAllTables[] = {Table::Overrides, Table::Backends,
                                Table::Moves};

std::string text_of(sqlite3_stmt* row, int column) {
  const auto* text =
      reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  const int size = sqlite3_column_bytes(row, column);
  return text == nullptr ? std::string()
                         : std::string(text, static_cast<size_t>(size));
}

StateRow row_of(Table table, sqlite3_stmt* found) {
  StateRow row{.table = table};
  row.pool = text_of(found, 0);
  row.name = text_of(found, 1);
  row.from = text_of(found, 2);
  row.to = text_of(found, 3);
  if (sqlite3_column_type(found, 4) != SQLITE_NULL)
    row.weight = static_cast<uint32_t>(sqlite3_column_int(found, 4));
  const int drain = sqlite3_column_int(found, 5);
  row.drain = drain == 0   ? Drain::No
              : drain == 1 ? Drain::NoNewUsers
                           : Drain::Leave;
  row.down = sqlite3_column_int(found, 6) != 0;
  return row;
}

void bind_text(sqlite3_stmt* to, int number, const std::string& text) {
  sqlite3_bind_text(to, number, text.data(), static_cast<int>(text.size()),
                    SQLITE_STATIC);
}

// Parameters that a statement does not have are refused, which is fine.
void bind(sqlite3_stmt* to, const StateRow& row) {
  bind_text(to, 1, row.pool);
  bind_text(to, 2, row.name);
  bind_text(to, 3, row.from);
  bind_text(to, 4, row.to);
  if (row.weight) sqlite3_bind_int64(to, 5, *row.weight);
  sqlite3_bind_int(to, 6, static_cast<int>(row.drain));
  sqlite3_bind_int(to, 7, row.down ? 1 : 0);
}

std::string name_of(const std::string& path) {
  return "state_file " + printable(path);
}

}  // namespace

// One connection.
class StateDatabase {
 public:
  static Result<std::unique_ptr<StateDatabase>> open(const std::string& path,
                                                     int flags) {
    auto self = std::make_unique<StateDatabase>();
    struct stat info {};
    if (stat(path.c_str(), &info) != 0)
      return Error{Fault::Config, system_error(errno)};
    self->device_ = info.st_dev;
    self->inode_ = info.st_ino;
    sqlite3* raw = nullptr;
    const int rc = sqlite3_open_v2(
        path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        nullptr);
    self->handle_.reset(raw);
    if (rc != SQLITE_OK) return self->error();
    sqlite3_busy_timeout(raw, kPatienceMs);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    Status fine =
        self->run("PRAGMA cell_size_check=1; PRAGMA synchronous=FULL");
    if (fine) fine = self->check_kind(flags);
    if (!fine) return std::move(fine).error();
    return self;
  }

  // Still the file of that name.
  bool current(const std::string& path) const {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 && info.st_dev == device_ &&
           info.st_ino == inode_;
  }

  Result<StateRows> read() {
    StateRows rows;
    if (empty_) return rows;  // made, but not ours yet
    auto sound = number("PRAGMA quick_check(1)", "ok");
    if (!sound) return std::move(sound).error();
    for (const Table table : kAllTables) {
      auto select = prepare(kTables[static_cast<size_t>(table)].select);
      if (!select) return std::move(select).error();
      int rc = sqlite3_step(select->get());
      for (; rc == SQLITE_ROW; rc = sqlite3_step(select->get()))
        rows.push_back(row_of(table, select->get()));
      if (rc != SQLITE_DONE) return error();
    }
    return rows;
  }

  Status write(const std::map<StateKey, StateRow>& rows) {
    Status done = run("BEGIN IMMEDIATE");
    for (auto each = rows.begin(); done && each != rows.end(); ++each)
      done = write(each->second);
    if (done) done = run("COMMIT");
    if (!done) (void)run("ROLLBACK");
    return done;
  }

 private:
  Error error() const {
    return {Fault::Config, printable(sqlite3_errmsg(handle_.get()))};
  }

  Status run(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) !=
        SQLITE_OK)
      return error();
    return Done{};
  }

  Result<Statement> prepare(const char* sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, nullptr) != SQLITE_OK)
      return error();
    return Statement(raw);
  }

  // The one number `sql` asks for; or its one text must be `expected`.
  Result<int> number(const char* sql, const char* expected = nullptr) {
    auto query = prepare(sql);
    if (!query) return std::move(query).error();
    if (sqlite3_step(query->get()) != SQLITE_ROW) return error();
    if (expected != nullptr && text_of(query->get(), 0) != expected)
      return Error{Fault::Config, printable(text_of(query->get(), 0))};
    return sqlite3_column_int(query->get(), 0);
  }

  // A database of somebody else's is not touched; an empty one becomes ours.
  Status check_kind(int flags) {
    const auto kind = number("PRAGMA application_id");
    if (!kind) return kind.error();
    const auto version = number("PRAGMA user_version");
    if (!version) return version.error();
    const bool writing = (flags & SQLITE_OPEN_READONLY) == 0;
    if (*kind == kApplication && *version == kVersion)
      return writing ? run("PRAGMA journal_mode=WAL") : Status(Done{});
    if (*kind == kApplication)
      return Error{Fault::Config, "it is of version " +
                                      std::to_string(*version) +
                                      ", this Postern knows version " +
                                      std::to_string(kVersion)};
    const auto tables = number("SELECT count(*) FROM sqlite_master");
    if (!tables) return tables.error();
    if (*kind != 0 || *tables != 0)
      return Error{Fault::Config, "it is a database of something else"};
    if (!writing) {
      empty_ = true;
      return Done{};
    }
    if (Status wal = run("PRAGMA journal_mode=WAL"); !wal) return wal;
    return run(kSchema);
  }

  Status write(const StateRow& row) {
    const TableSql& sql = kTables[static_cast<size_t>(row.table)];
    auto statement = prepare(row.gone ? sql.remove : sql.replace);
    if (!statement) return std::move(statement).error();
    bind(statement->get(), row);
    if (sqlite3_step(statement->get()) != SQLITE_DONE) return error();
    return Done{};
  }

  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool empty_ = false;
  Handle handle_;
};

Result<StateRows> load_state(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 && errno == ENOENT) return StateRows();
  auto database = StateDatabase::open(path, SQLITE_OPEN_READONLY);
  if (!database) return std::move(database).error().in(name_of(path));
  auto rows = (*database)->read();
  if (!rows) return std::move(rows).error().in(name_of(path));
  return rows;
}

StateFile::StateFile(std::string path, Log* log)
    : path_(std::move(path)), log_(log), thread_([this] { run(); }) {}

StateFile::~StateFile() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_all();
  thread_.join();
}

void StateFile::save(StateRows rows, Saved saved) {
  {
    const std::lock_guard lock(mutex_);
    queue_.emplace_back(std::move(rows), std::move(saved));
  }
  work_.notify_all();
}

std::string StateFile::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

bool StateFile::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto ready = [this] { return closing_ || !queue_.empty(); };
  if (unsaved_.empty() && trouble_.empty())
    work_.wait(lock, ready);
  else
    work_.wait_for(lock, kRetry, ready);
  return !closing_ || !queue_.empty();
}

void StateFile::run() {
  report(write());  // whether it can be written is known before it is needed
  std::unique_lock lock(mutex_);
  while (wait_for_work(lock)) {
    const auto asked = std::exchange(queue_, {});
    lock.unlock();
    for (const auto& [rows, saved] : asked)
      for (const StateRow& row : rows)
        unsaved_.insert_or_assign({row.table, row.pool, row.name}, row);
    const Status written = write();
    report(written);
    for (const auto& [rows, saved] : asked)
      if (saved) saved(written ? std::string() : written.error().text);
    lock.lock();
  }
}

Status StateFile::write() {
  if (database_ && !database_->current(path_)) database_.reset();
  if (!database_) {
    // SQLite would make it readable by everybody.
    const int made = ::open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0640);
    if (made >= 0) close(made);
    auto opened = StateDatabase::open(path_, SQLITE_OPEN_READWRITE);
    if (!opened) return std::move(opened).error().in(name_of(path_));
    database_ = std::move(*opened);
  }
  if (unsaved_.empty()) return Done{};
  Status written = database_->write(unsaved_);
  if (written) {
    unsaved_.clear();
    return written;
  }
  database_.reset();
  return std::move(written).error().in(name_of(path_));
}

void StateFile::report(const Status& written) {
  const std::string trouble = written ? std::string() : written.error().text;
  {
    const std::lock_guard lock(mutex_);
    if (trouble == trouble_) return;
    trouble_ = trouble;
  }
  if (log_ == nullptr) return;
  if (trouble.empty())
    log_->say(LogLevel::Notice, name_of(path_) + ": is written again");
  else
    log_->say(LogLevel::Error,
              trouble +
                  "; what administrators say is in force, but will not "
                  "outlive this process");
}

}  // namespace postern
