// How transcripts write octets and events: escapes, and <marks>.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::transcripts {

// Octets behind \r \n \t \0 \xHH \\ \" \} \base64{…} \repeat{N …}; nothing if
// `text` is not written that way.
std::optional<std::string> unescape(std::string_view text);

// The other way round, for failures; visible ASCII stands for itself.
std::string escape(std::string_view octets);

// <name word key="value" …>.  A bare word or value has an empty key.
struct Mark {
  std::string name;
  std::vector<std::pair<std::string, std::string>> values;

  // The value of `key`, or empty.
  std::string_view value(std::string_view key) const;
  bool has(std::string_view key) const;
  // Leaves out empty values.
  void add(std::string_view key, std::string_view value);
  std::string text() const;
};

std::optional<Mark> parse_mark(std::string_view text);

}  // namespace postern::transcripts
