// `map sqlite FILE`: Perdition's table tblPerdition(user, servername, port), or
// the query of `map_query`.  The key is always bound, never part of the SQL.
//
// The database is somebody else's and may change, vanish, be locked or be made
// to harm us: connections read only, run nothing but SELECT, and begin anew
// after every kind of trouble and whenever the file is another one.

#include <array>
#include <cerrno>
#include <sys/stat.h>
#include <system_error>

#include <sqlite3.h>

#include "lookup/maps.h"
#include "lookup/offloaded.h"
#include "proxy/base/ascii.h"
#include "proxy/base/foreign.h"

namespace postern {
namespace {

constexpr char kPerditionQuery[] =
    "SELECT servername, port FROM tblPerdition WHERE user = :key";
constexpr int kBusyPauseMs = 10;
constexpr int kStepsBetweenLooks = 1000;  // of SQLite's machine

using Database = Foreign<sqlite3, sqlite3_close>;
using Statement = Foreign<sqlite3_stmt, sqlite3_finalize>;

struct Limit {
  int what;
  int most;
};

// A lookup is one small SELECT: what it cannot need is not to be had.
constexpr Limit kLimits[] = {
    {SQLITE_LIMIT_LENGTH, 1 << 20},  {SQLITE_LIMIT_SQL_LENGTH, 1 << 16},
    {SQLITE_LIMIT_EXPR_DEPTH, 100},  {SQLITE_LIMIT_COMPOUND_SELECT, 20},
    {SQLITE_LIMIT_ATTACHED, 0},      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1024},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 1}, {SQLITE_LIMIT_WORKER_THREADS, 0},
};

struct Switch {
  int what;
  int on;
};

constexpr Switch kSwitches[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    // A misspelt "column" is an error, not a string.
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
};

// No mmap: a file cut short under us must be an error, not a SIGBUS.
constexpr char kPragmas[] =
    "PRAGMA query_only=1; PRAGMA trusted_schema=0; PRAGMA cell_size_check=1;"
    "PRAGMA mmap_size=0";

// As an authorizer, which is told of strings we need not know.
constexpr auto kReadingOnly = [](void*, int action, auto...) {
  const bool reading = action == SQLITE_SELECT || action == SQLITE_READ ||
                       action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
  return reading ? SQLITE_OK : SQLITE_DENY;
};

// Tells whether a path still names the file we opened, unchanged.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec changed{};

  bool operator==(const FileStamp& other) const {
    return device == other.device && inode == other.inode &&
           size == other.size && changed.tv_sec == other.changed.tv_sec &&
           changed.tv_nsec == other.changed.tv_nsec;
  }
};

Result<FileStamp> stamp(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0)
    return Error{Fault::Config, std::generic_category().message(errno)};
  return FileStamp{info.st_dev, info.st_ino, info.st_size, info.st_mtim};
}

// A text column; nothing if it is NULL or empty.
std::optional<std::string_view> column(sqlite3_stmt* row, int number) {
  const auto* text =
      reinterpret_cast<const char*>(sqlite3_column_text(row, number));
  const int size = sqlite3_column_bytes(row, number);
  if (text == nullptr || size <= 0) return std::nullopt;
  return std::string_view(text, static_cast<size_t>(size));
}

Error bad_row(const std::string& why) {
  return {Fault::Config, "the row found " + why};
}

// What servername says itself stands; the columns beside it fill in what it
// leaves open, as in Perdition.  A pool's machines have ports of their own.
Status complete(Route& route, std::optional<std::string_view> user,
                std::optional<std::string_view> port) {
  if (user && !valid_route_user(*user))
    return bad_row("has the user \"" + printable(*user) + "\"");
  if (user && route.user.empty()) route.user = *user;
  const auto number = port ? parse_number(*port, 65535) : std::nullopt;
  if (port && number.value_or(0) == 0)
    return bad_row("has the port \"" + printable(*port) + "\"");
  if (number && route.pool.empty() && route.host.port == 0)
    route.host.port = static_cast<uint16_t>(*number);
  return Done{};
}

// By the number of columns: (value), (servername, port) or
// (user, servername, port).
Map::Answer read_row(sqlite3_stmt* row, std::string_view delimiter) {
  const int columns = sqlite3_column_count(row);
  const int place = columns == 3 ? 1 : 0;
  const auto value = column(row, place);
  if (!value) return bad_row("has no servername");
  auto route = parse_route(*value, delimiter);
  if (!route) return bad_row("has " + route.error().text);
  const auto user = columns == 3 ? column(row, 0) : std::nullopt;
  const auto port = columns > 1 ? column(row, place + 1) : std::nullopt;
  if (const Status fit = complete(*route, user, port); !fit)
    return Error(fit.error());
  return std::optional(std::move(*route));
}

// One connection, opened when first needed.
class SqliteLookup final : public BlockingLookup {
 public:
  explicit SqliteLookup(const MapOptions& options)
      : path_(options.argument),
        sql_(options.query.empty() ? kPerditionQuery : options.query),
        delimiter_(options.delimiter) {}

  Map::Answer find(std::string_view key, Deadline deadline) override {
    if (const Status opened = open(deadline); !opened)
      return trouble(opened.error());
    const int rc = step(key);
    Map::Answer answer = rc == SQLITE_ROW ? read_row(query_.get(), delimiter_)
                         : rc == SQLITE_DONE ? std::optional<Route>()
                                             : Map::Answer(trouble(error()));
    sqlite3_reset(query_.get());  // lets go of the lock
    return answer;
  }

  // Ready to be asked.  Fault::TryLater: somebody has locked the database.
  Status open(Deadline deadline) {
    deadline_ = deadline;
    const auto now = stamp(path_);
    if (!now) return Error(now.error());
    if (query_ && *now == opened_) return Done{};
    close();
    opened_ = *now;
    if (Status connected = connect(); !connected) return connected;
    return prepare();
  }

 private:
  void close() {
    query_.reset();
    database_.reset();
  }

  Status connect() {
    sqlite3* raw = nullptr;
    const int rc = sqlite3_open_v2(
        path_.c_str(), &raw,
        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        nullptr);
    database_.reset(raw);
    if (rc != SQLITE_OK) return error();
    for (const Limit& limit : kLimits)
      sqlite3_limit(raw, limit.what, limit.most);
    for (const Switch& each : kSwitches)
      sqlite3_db_config(raw, each.what, each.on, nullptr);
    sqlite3_busy_handler(raw, wait_for_lock, this);
    sqlite3_progress_handler(raw, kStepsBetweenLooks, give_up, this);
    if (sqlite3_exec(raw, kPragmas, nullptr, nullptr, nullptr) != SQLITE_OK)
      return error();
    sqlite3_set_authorizer(raw, kReadingOnly, nullptr);
    return Done{};
  }

  Status prepare() {
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int rc =
        sqlite3_prepare_v2(database_.get(), sql_.c_str(),
                           static_cast<int>(sql_.size() + 1), &raw, &tail);
    query_.reset(raw);
    if (rc != SQLITE_OK) return error();
    const std::string_view behind = tail;
    if (!raw || behind.find_first_not_of(" \t\r\n;") != behind.npos)
      return Error{Fault::Config, "the query must be one SELECT"};
    const int columns = sqlite3_column_count(raw);
    if (columns < 1 || columns > 3)
      return Error{Fault::Config, "the query must give 1 to 3 columns, not " +
                                      std::to_string(columns)};
    return check_parameters();
  }

  Status check_parameters() {
    const int count = sqlite3_bind_parameter_count(query_.get());
    if (count == 0)
      return Error{Fault::Config, "the query does not ask for :key"};
    for (int i = 1; i <= count; ++i) {
      const char* name = sqlite3_bind_parameter_name(query_.get(), i);
      const std::string_view known = name != nullptr ? name
                                     : i == 1        ? "?1"
                                                     : "a second ?";
      if (known != ":key" && known != "?1")
        return Error{Fault::Config, "the query asks for " + printable(known) +
                                        "; there is only :key (or ?1)"};
    }
    return Done{};
  }

  int step(std::string_view key) {
    const int parameters = sqlite3_bind_parameter_count(query_.get());
    for (int i = 1; i <= parameters; ++i)
      sqlite3_bind_text(query_.get(), i, key.data(),
                        static_cast<int>(key.size()), SQLITE_STATIC);
    return sqlite3_step(query_.get());
  }

  // The next question begins with a new connection.
  Error trouble(const Error& why) {
    close();
    return {Fault::TryLater, why.text};
  }

  Error error() const {
    const int rc = sqlite3_errcode(database_.get()) & 0xff;
    if (rc == SQLITE_INTERRUPT)
      return {Fault::TryLater, "the query takes too long"};
    const bool locked = rc == SQLITE_BUSY || rc == SQLITE_LOCKED;
    return {locked ? Fault::TryLater : Fault::Config,
            printable(sqlite3_errmsg(database_.get()))};
  }

  static int wait_for_lock(void* self, int) {
    if (give_up(self) != 0) return 0;
    sqlite3_sleep(kBusyPauseMs);
    return 1;
  }

  static int give_up(void* self) {
    const Deadline deadline = static_cast<SqliteLookup*>(self)->deadline_;
    return Deadline::clock::now() >= deadline ? 1 : 0;
  }

  const std::string path_;
  const std::string sql_;
  const std::string delimiter_;
  FileStamp opened_;
  Database database_;
  Statement query_;    // dies before its database
  Deadline deadline_;  // of the question under way
};

}  // namespace

MapResult open_sqlite_map(const MapOptions& options) {
  const std::string name = "sqlite " + printable(options.argument);
  const Deadline deadline =
      Deadline::clock::now() + std::chrono::milliseconds(options.timeout_ms);
  // A locked database is a good one at a bad time; all else needs an editor.
  const Status opened = SqliteLookup(options).open(deadline);
  if (!opened && opened.error().fault == Fault::Config)
    return Error(opened.error()).in(name);
  return Offloaded::start(
      {.name = name, .timeout_ms = options.timeout_ms},
      [options] { return std::make_unique<SqliteLookup>(options); });
}

}  // namespace postern
