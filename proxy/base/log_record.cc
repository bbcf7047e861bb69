#include "proxy/base/log_record.h"

#include <cstdio>
#include <ctime>

namespace postern {
namespace {

// 2026-11-21T10:00:00.123Z
void append_utc(std::string& out, uint64_t milliseconds) {
  const auto seconds = static_cast<time_t>(milliseconds / 1000);
  tm when{};
  gmtime_r(&seconds, &when);
  char text[80];
  const int size = std::snprintf(
      text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ",
      when.tm_year + 1900, when.tm_mon + 1, when.tm_mday, when.tm_hour,
      when.tm_min, when.tm_sec, static_cast<unsigned>(milliseconds % 1000));
  out.append(text, static_cast<size_t>(size));
}

// "Nov 21 10:00:00 ident[pid]: ", local time and English whatever the locale.
void append_header(std::string& out, const LogRecord& record,
                   const LogSigner& signer) {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr",
                                            "May", "Jun", "Jul", "Aug",
                                            "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<time_t>(record.milliseconds / 1000);
  tm when{};
  localtime_r(&seconds, &when);
  char text[80];
  const int size = std::snprintf(text, sizeof text, "%s %2d %02d:%02d:%02d ",
                                 kMonths[when.tm_mon], when.tm_mday,
                                 when.tm_hour, when.tm_min, when.tm_sec);
  out.append(text, static_cast<size_t>(size));
  out += record.ident.empty() ? signer.ident : record.ident;
  out += '[';
  out += std::to_string(signer.pid);
  out += "]: ";
}

void append_body(std::string& out, const LogRecord& record) {
  const bool logfmt = record.shape == LogRecord::Shape::Logfmt;
  const bool json = record.shape == LogRecord::Shape::Json;
  if (logfmt) {
    out += "level=";
    out += name_of(record.level);
    out += ' ';
  }
  if (json) {
    out += "{\"ts\":\"";
    append_utc(out, record.milliseconds);
    out += "\",\"level\":\"";
    out += name_of(record.level);
    out += "\",";
  }
  out += record.text;
  if (json) out += '}';
}

}  // namespace

void append_file_line(std::string& out, const LogRecord& record,
                      const LogSigner& signer) {
  if (record.shape == LogRecord::Shape::Sentence)
    append_header(out, record, signer);
  if (record.shape == LogRecord::Shape::Logfmt) {
    out += "ts=";
    append_utc(out, record.milliseconds);
    out += ' ';
  }
  append_body(out, record);
  out += '\n';
}

void append_syslog_line(std::string& out, const LogRecord& record,
                        const LogSigner& signer) {
  append_header(out, record, signer);
  append_body(out, record);
}

}  // namespace postern
