// A transcript as read from its file; README.md beside it tells the format.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "tests/transcripts/notation.h"

namespace postern::transcripts {

struct Option {
  size_t line;
  std::string name;
  std::string value;
};

struct Step {
  enum class Kind { Client, Server, Marked };
  size_t line;
  Kind kind;
  std::string octets;   // said by client or server, CRLF included
  bool secret = false;  // C*:
  Mark mark;
};

struct Conversation {
  size_t line;  // of its title
  std::string title;
  std::vector<Option> options;  // the file's first
  std::vector<Step> steps;
};

// Errors name the line: "12: not an escape".  A file without conversations, or
// a conversation without steps, is one.
Result<std::vector<Conversation>> parse_conversations(std::string_view text);

}  // namespace postern::transcripts
