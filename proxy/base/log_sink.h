// Where the log's lines end: a stream (stdout, stderr, a file) or syslog.
// Sinks hardly wait: what cannot be written soon is the caller's to offer
// again.

#pragma once

#include <memory>
#include <span>

#include "proxy/base/log_record.h"

namespace postern {

// Used by the log's writer thread alone.
class LogSink {
 public:
  virtual ~LogSink() = default;

  // Writes from the front; answers how many records are out in full.  Fewer
  // than all: no room, no disk, no reader.  The rest must be offered again,
  // beginning with the record that was not finished.
  virtual size_t write(std::span<const LogRecord> records) = 0;
};

// By LogOptions::facility.  Fault::Config if it is no facility's name or the
// file cannot be opened.  A syslog daemon that is not there yet is no error:
// it is looked for at every write.
Result<std::unique_ptr<LogSink>> open_log_sink(const LogOptions& options);

// stderr, for before anything is opened.
std::unique_ptr<LogSink> make_stderr_sink(const std::string& ident);

}  // namespace postern
