// What administrators said at run time, in a SQLite file that outlives the
// process; its tables are documented in postern.conf(5).  Whatever is wrong
// with the file, mail goes on: it is said, the file is left alone, and what
// could not be written is tried again.

#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "backends/backend.h"
#include "proxy/base/result.h"

namespace postern {

class Log;
class StateDatabase;

// A row of one of the tables.
struct StateRow {
  enum class Table { Overrides, Backends, Moves };

  Table table;
  std::string pool;
  std::string name;   // the user, or (Backends) host:port
  bool gone = false;  // to be deleted

  std::string to;                  // Overrides, Moves: a backend
  std::string from;                // Moves
  std::optional<uint32_t> weight;  // Backends, as is all that follows
  Drain drain = Drain::No;
  bool down = false;
};

using StateRows = std::vector<StateRow>;
using StateKey = std::tuple<StateRow::Table, std::string, std::string>;

// All rows.  No file is no rows; Fault::Config: it cannot be read, or is
// something else.  Changes nothing.  Waits for a lock, at most two seconds.
Result<StateRows> load_state(const std::string& path);

// Writes, by a thread of its own.  Owned by the Director.
class StateFile {
 public:
  // What went wrong; empty: the rows are on disk.  Called on the file's thread.
  using Saved = std::function<void(const std::string& trouble)>;

  // Makes the file if there is none.
  StateFile(std::string path, Log* log);
  ~StateFile();  // tries once to write what waits
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  // Any thread, never waits.  In one transaction, after all that was saved
  // before.
  void save(StateRows rows, Saved saved);
  // Why it cannot be written, as far as is known; empty: it can.  Any thread.
  std::string trouble() const;

 private:
  void run();
  // Under the lock: waits for something to do; false: time to end.
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  Status write();
  void report(const Status& written);

  const std::string path_;
  Log* const log_;
  mutable std::mutex mutex_;  // guards all up to trouble_
  std::condition_variable work_;
  std::vector<std::pair<StateRows, Saved>> queue_;
  bool closing_ = false;
  std::string trouble_;  // as logged last
  // On the thread: rows not on disk yet, the latest of each key.
  std::map<StateKey, StateRow> unsaved_;
  std::unique_ptr<StateDatabase> database_;
  std::thread thread_;
};

}  // namespace postern
