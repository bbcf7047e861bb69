// What the reader and the checks have to say, with its place in the files.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace postern {

// Where a setting was given: a line of a file, or the command line.
struct Origin {
  std::string file;
  size_t line = 0;  // 0: the file as a whole, or no file at all

  bool operator==(const Origin&) const = default;
};

struct Problem {
  enum class Severity { Error, Warning };

  Severity severity = Severity::Error;
  Origin where;
  std::string setting;  // empty: none in particular
  std::string text;     // what is wrong, what was expected

  bool operator==(const Problem&) const = default;
};

std::string to_text(const Origin& origin);    // "file:line"
std::string to_text(const Problem& problem);  // "file:line: setting: text"

// A mistake in the global file shows in every service; once is enough.
std::vector<Problem> without_repeats(std::vector<Problem> problems);

bool has_errors(const std::vector<Problem>& problems);

}  // namespace postern
