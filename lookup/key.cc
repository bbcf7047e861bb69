#include "lookup/key.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

using Delimiter = std::string_view;

struct Escape {
  char letter;
  std::string (*value)(const Question&, Delimiter);
};

const Escape kEscapes[] = {
    {'U', [](const Question& q, Delimiter) { return q.user; }},
    {'u',
     [](const Question& q, Delimiter delimiter) {
       return q.user.substr(0, find_last(q.user, delimiter));
     }},
    {'d',
     [](const Question& q, Delimiter delimiter) {
       const size_t end = find_last(q.user, delimiter);
       return end == std::string::npos ? std::string()
                                       : q.user.substr(end + delimiter.size());
     }},
    {'D', [](const Question&, Delimiter d) { return std::string(d); }},
    {'i', [](const Question& q, Delimiter) { return q.client.ip(); }},
    {'p', [](const Question& q,
             Delimiter) { return std::to_string(q.client.port()); }},
    {'I', [](const Question& q, Delimiter) { return q.local.ip(); }},
    {'P', [](const Question& q,
             Delimiter) { return std::to_string(q.local.port()); }},
    {'\\', [](const Question&, Delimiter) { return std::string("\\"); }},
};

// The escape a backslash at `at` begins; null if there is no such escape.
const Escape* escape_at(std::string_view format, size_t at) {
  if (at + 1 >= format.size()) return nullptr;
  const auto* const found =
      std::find_if(std::begin(kEscapes), std::end(kEscapes),
                   [&](const Escape& e) { return e.letter == format[at + 1]; });
  return found == std::end(kEscapes) ? nullptr : found;
}

}  // namespace

size_t find_last(std::string_view text, std::string_view delimiter) {
  return delimiter.empty() ? std::string_view::npos : text.rfind(delimiter);
}

Status check_key_format(std::string_view format) {
  if (format.empty()) return Error{Fault::Config, "an empty format"};
  for (size_t at = format.find('\\'); at != std::string_view::npos;
       at = format.find('\\', at + 2))
    if (escape_at(format, at) == nullptr)
      return Error{Fault::Config,
                   "\\" + printable(format.substr(at + 1, 1)) +
                       " is none of \\U \\u \\d \\D \\i \\p \\I \\P \\\\"};
  return Done{};
}

std::string make_key(std::string_view format, const Question& question,
                     std::string_view delimiter) {
  std::string key;
  for (size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '\\') {
      key += format[at];
    } else if (const Escape* escape = escape_at(format, at)) {
      key += escape->value(question, delimiter);
      ++at;
    }
  }
  return key;
}

}  // namespace postern
