// A line of the log between the thread that wrote it and the sink that carries
// it away: what is said, and how it is dressed for a file or for syslog.

#pragma once

#include <cstdint>
#include <string>

#include "proxy/base/log.h"

namespace postern {

struct LogRecord {
  // How `text` is to be read.
  enum class Shape {
    Logfmt,    // key=value …, without time and level
    Json,      // members, without time, level and braces
    Sentence,  // finished
  };
  LogLevel level = LogLevel::Info;
  Shape shape = Shape::Sentence;
  uint64_t milliseconds = 0;  // since 1970
  std::string ident;          // empty: the sink's own
  std::string text;

  // What it weighs in a queue.
  size_t octets() const { return sizeof *this + ident.size() + text.size(); }
};

// Who signs the lines that name nobody else.
struct LogSigner {
  std::string ident;
  int pid = 0;
};

// A line for a file or a terminal, its end included.
void append_file_line(std::string& out, const LogRecord& record,
                      const LogSigner& signer);

// What follows <PRI> in a datagram for /dev/log (RFC 3164 as syslog daemons
// read it locally: no host name).  Logfmt leaves out the time, which the
// daemon writes itself.
void append_syslog_line(std::string& out, const LogRecord& record,
                        const LogSigner& signer);

}  // namespace postern
