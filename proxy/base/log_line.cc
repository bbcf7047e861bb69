#include "proxy/base/log_line.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

bool needs_no_quotes(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') ||
         std::string_view("-._:/@+,").find(c) != std::string_view::npos;
}

// Bare if nothing in it could be misread, else between quotes, where \" and
// printable()'s \xNN stand for what may not be there itself.
void append_logfmt(std::string& out, std::string_view value) {
  if (!value.empty() && value.size() <= kMaxLogValue &&
      std::all_of(value.begin(), value.end(), needs_no_quotes)) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : printable(value, kMaxLogValue)) {
    // printable() has made any backslash \x5c: the ones it left are its own.
    if (c == '"') out += '\\';
    out += c;
  }
  out += '"';
}

// A JSON string (RFC 8259) of printable() text: valid UTF-8 always.
void append_json(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : printable(value, kMaxLogValue)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

LogLine& LogLine::add(std::string_view key, std::string_view value) {
  values_.push_back({key, std::string(value), false});
  return *this;
}

LogLine& LogLine::add(std::string_view key, uint64_t value) {
  values_.push_back({key, std::to_string(value), true});
  return *this;
}

LogLine& LogLine::add_seconds(std::string_view key, uint64_t milliseconds) {
  std::string decimals = std::to_string(milliseconds % 1000);
  decimals.insert(0, 3 - decimals.size(), '0');
  values_.push_back(
      {key, std::to_string(milliseconds / 1000) + "." + decimals, true});
  return *this;
}

std::string LogLine::logfmt() const {
  std::string out;
  const auto put = [&out](std::string_view key, std::string_view value) {
    if (!out.empty()) out += ' ';
    out += key;
    out += '=';
    append_logfmt(out, value);
  };
  if (!event_.empty()) put("event", event_);
  for (const Value& value : values_)
    put(value.key, value.text);
  return out;
}

std::string LogLine::json() const {
  std::string out;
  const auto put = [&out](const Value& value) {
    if (!out.empty()) out += ',';
    append_json(out, value.key);
    out += ':';
    if (value.number)
      out += value.text;
    else
      append_json(out, value.text);
  };
  if (!event_.empty()) put({"event", std::string(event_), false});
  for (const Value& value : values_)
    put(value);
  return out;
}

}  // namespace postern
