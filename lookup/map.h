// One question, asked of one place: where does this user's mail live?

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lookup/route.h"
#include "proxy/base/result.h"

namespace postern {

class Loop;

// Keys beyond this are never looked at: no user is called that.
constexpr size_t kMaxKey = 1024;

// Shared by all threads: implementations are immutable or lock inside.  Owned
// by the configuration snapshot; the answers still under way keep it alive.
class Map {
 public:
  // An error means "could not find out" and becomes a temporary refusal:
  // Fault::TryLater if the map is in trouble, Fault::Config if only what it
  // holds for this key is wrong.
  // An empty optional means "asked, and there is no such user".
  using Answer = Result<std::optional<Route>>;
  using Done = std::function<void(Answer)>;

  Map() = default;
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;
  virtual ~Map() = default;

  // Answers exactly once, on `loop`, which is the calling thread's, possibly
  // before returning.  Never blocks.  An empty key and one beyond kMaxKey are
  // "no such user" without asking.
  void find(Loop& loop, std::string_view key, Done done) {
    if (key.empty() || key.size() > kMaxKey)
      done(std::optional<Route>());
    else
      ask(loop, key, std::move(done));
  }

  // For --route and logs: "sqlite /etc/postern/users.db".
  virtual std::string name() const = 0;

  // Asking takes long enough for remembering the answers to pay.
  virtual bool slow() const { return false; }

  // What was odd but not wrong when it was opened, one sentence each.
  virtual std::vector<std::string> warnings() const { return {}; }

 private:
  virtual void ask(Loop& loop, std::string_view key, Done done) = 0;
};

// `map TYPE ARGUMENT`, as configured.
struct MapOptions {
  std::string type{};
  std::string argument{};
  std::string query{};  // map_query; sqlite only; empty: Perdition's table
  std::string delimiter = "@";
  int timeout_ms = 5000;  // at least 1; then the answer is "could not find out"
};

// The table of map types (lookup/maps.cc).  Opens and checks what it needs;
// Fault::Config says file, line and reason, one problem a line of its text.
Result<std::shared_ptr<Map>> open_map(const MapOptions& options);

// Names of the types, for --help and error texts.
std::string map_types();

}  // namespace postern
