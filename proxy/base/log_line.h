// One event with named values on its way to a log, and the two ways to write
// it down.  A value may hold anything a peer sent: it can forge neither a
// member nor a line (see printable()).

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Octets of one value that reach the log: enough for the longest complaint of
// a map or a TLS library, too few to fill a disk with.
inline constexpr size_t kMaxLogValue = 1024;

// E.g. event=login session=… user=….  Keys and the event's name are ours and
// outlive the line; a line of an empty name has values only.
class LogLine {
 public:
  explicit LogLine(std::string_view event) : event_(event) {}

  LogLine& add(std::string_view key, std::string_view value);
  LogLine& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }
  LogLine& add(std::string_view key, uint64_t value);
  // Seconds with three decimals.
  LogLine& add_seconds(std::string_view key, uint64_t milliseconds);

  std::string logfmt() const;  // without time and level
  std::string json() const;    // members only, without braces

 private:
  struct Value {
    std::string_view key;
    std::string text;
    bool number;
  };
  std::string_view event_;
  std::vector<Value> values_;
};

}  // namespace postern
