// The quoting of Perdition's files, shared by the configuration and by
// popmap.re: comments, quotes, backslashes and joined lines.  What the words
// mean is the reader's business.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// A line that says something, with comments, quotes and joins resolved.
struct LexedLine {
  size_t number = 0;               // of the first line it is written on, from 1
  std::vector<std::string> words;  // between blanks and tabs; never none
  // All behind the first word, for "key value with blanks": inner blanks are
  // kept, outer ones are not unless quoted.  Empty too for `key ''`, which has
  // two words.
  std::string rest;
};

struct LexProblem {
  size_t number = 0;
  std::string text;
};

struct [[nodiscard]] Lexed {
  std::vector<LexedLine> lines;
  std::vector<LexProblem> problems;  // such lines are not among `lines`
};

// - `#` starts a comment, even inside a word; a line joined to it is part of
//   it, so that switching a long line off takes one `#`;
// - `\` makes the next octet ordinary and is dropped; before a line end both
//   go and the lines are one;
// - '...' is literal; "..." is literal but for `\`; pieces that touch are one
//   word; neither may go on behind the line's end unless joined by `\`;
// - a line ends with LF or CRLF, the last one needs none; indentation is free.
// Every other octet, NUL included, stands for itself.  A line of more than
// 64 KiB is a problem.
Lexed lex(std::string_view text);

}  // namespace postern
