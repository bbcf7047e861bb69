// What the administrator reads.  Any thread may write; one thread of the log's
// own carries the lines to stderr, a file or syslog, so that a full disk or a
// stuck syslog daemon never holds up a session.  Lines that cannot be written
// wait and are tried again; those that find the queue full are counted, and
// the count is logged as soon as writing works again.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/log_line.h"
#include "proxy/base/result.h"

namespace postern {

enum class LogLevel { Error, Warning, Notice, Info, Debug };

// "error", "warning", ...
std::string_view name_of(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view name);

enum class LogFormat {
  Logfmt,     // key=value, quoted where needed
  Json,       // one object a line
  Perdition,  // Perdition's own sentences (fail2ban's stock filter reads them)
};

struct LogOptions {
  // "-" stdout, "+" stderr, "/path" a file, else a syslog facility name.
  std::string facility = "+";
  LogFormat format = LogFormat::Logfmt;
  LogLevel least = LogLevel::Info;  // Error when `quiet`, Debug when `debug`
  std::string ident = "postern";
  size_t queue_bytes = 4 << 20;  // what may wait before lines are dropped
  std::string syslog_path = "/dev/log";
};

// Thread-safe.  Owned by main, outlives every thread that writes to it.
class Log {
 public:
  explicit Log(LogOptions options);
  ~Log();  // writes what is queued, for at most a second
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Opens the sink; an unknown facility or an unwritable file is Fault::Config.
  // Until then lines go to stderr.
  Status open();
  // After log rotation (SIGHUP): opens the same file again, and takes over new
  // options.  On error the old sink and options stay.
  Status reopen(const LogOptions& options);

  bool wants(LogLevel level) const;
  LogLevel level() const;  // the least that is written
  // Until reopen() says otherwise.
  void change_level(LogLevel least);
  LogFormat format() const;

  // A sentence about the service itself ("reload: …").
  void say(LogLevel level, std::string_view text);
  // An event with values; rendered as logfmt in the Perdition format.
  void event(LogLevel level, const LogLine& line);
  // A finished text under an ident of its own ("perdition.imap4s").  The
  // caller has escaped it.
  void raw(LogLevel level, std::string_view ident, std::string_view text);

  uint64_t lost() const;  // lines dropped since start

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern
