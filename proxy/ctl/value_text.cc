#include "proxy/ctl/value_text.h"

#include <cstdio>
#include <ctime>
#include <limits>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr size_t kLongestValue = 4096;

tm local_time(uint64_t milliseconds) {
  const auto seconds = static_cast<time_t>(milliseconds / 1000);
  tm when{};
  localtime_r(&seconds, &when);
  return when;
}

std::string moment(uint64_t milliseconds, uint64_t now) {
  const tm when = local_time(milliseconds);
  const tm today = local_time(now);
  const bool same_day =
      when.tm_year == today.tm_year && when.tm_yday == today.tm_yday;
  char text[64];
  std::strftime(text, sizeof text, same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S",
                &when);
  return text;
}

// The two largest units: "3d04h", "1h02m", "3m12s", "7s"; below a second
// "70ms".
std::string duration(uint64_t milliseconds) {
  struct Unit {
    uint64_t seconds;
    char name;
  };
  static constexpr Unit kUnits[] = {
      {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  if (milliseconds < 1000) return std::to_string(milliseconds) + "ms";
  const uint64_t seconds = milliseconds / 1000;
  const Unit* unit = kUnits;
  while (seconds < unit->seconds)
    ++unit;
  std::string text = std::to_string(seconds / unit->seconds) + unit->name;
  if (unit->seconds == 1) return text;
  const uint64_t rest = seconds % unit->seconds / unit[1].seconds;
  return text + (rest < 10 ? "0" : "") + std::to_string(rest) + unit[1].name;
}

std::string octets(uint64_t number) {
  static constexpr char kUnits[] = "kMGTPE";
  if (number < 1024) return std::to_string(number);
  auto scaled = static_cast<double>(number);
  const char* unit = kUnits;
  for (scaled /= 1024; scaled >= 1023.95; scaled /= 1024)
    ++unit;
  char text[32];
  std::snprintf(text, sizeof text, scaled < 99.95 ? "%.1f%c" : "%.0f%c", scaled,
                *unit);
  return text;
}

}  // namespace

std::string text_of(const Word& value, Form form, uint64_t now) {
  if (value.missing()) return "-";
  const auto number =
      parse_number(value.text, std::numeric_limits<uint64_t>::max());
  if (number && form == Form::Time) return moment(*number, now);
  if (number && form == Form::Duration) return duration(*number);
  if (number && form == Form::Octets) return octets(*number);
  return printable(value.text, kLongestValue);
}

}  // namespace postern
