// Any text at all as a configuration file.

#include <algorithm>
#include <cstdint>

#include "proxy/base/lexer.h"
#include "tests/fuzz/require.h"

using namespace postern;

namespace {

// The word as a file would say it, whatever is in it.
std::string quote(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word)
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  return quoted + "'";
}

void check_line(const LexedLine& line) {
  fuzz::require(!line.words.empty(), "a line has a word");
  std::string again;
  for (const std::string& word : line.words)
    again += quote(word) + " ";
  const Lexed words = lex(again);
  fuzz::require(words.problems.empty() && words.lines.size() == 1 &&
                    words.lines[0].words == line.words,
                "quoted words are the same words");
  const Lexed rest = lex("key " + quote(line.rest));
  fuzz::require(rest.lines.size() == 1 && rest.lines[0].rest == line.rest,
                "a quoted value is the same value");
}

void check_numbers(const Lexed& lexed, std::string_view text) {
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  size_t last = 0;
  for (const LexedLine& line : lexed.lines) {
    fuzz::require(line.number > last, "lines come in their order");
    last = line.number;
  }
  for (const LexProblem& problem : lexed.problems)
    fuzz::require(problem.number >= 1, "problems have a place");
  fuzz::require(last <= static_cast<size_t>(lines), "lines are in the file");
}

// LF and CRLF mean the same.
void check_line_ends(const Lexed& lexed, std::string_view text) {
  if (text.find('\r') != std::string_view::npos) return;
  std::string dos;
  for (const char c : text) {
    if (c == '\n') dos += '\r';
    dos += c;
  }
  const Lexed other = lex(dos);
  fuzz::require(other.lines.size() == lexed.lines.size() &&
                    other.problems.size() == lexed.problems.size(),
                "line ends do not matter");
  for (size_t i = 0; i < lexed.lines.size(); ++i)
    fuzz::require(other.lines[i].rest == lexed.lines[i].rest &&
                      other.lines[i].words == lexed.lines[i].words &&
                      other.lines[i].number == lexed.lines[i].number,
                  "line ends change nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 16384) return 0;  // beyond, quoting may pass the line's limit
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Lexed lexed = lex(text);
  for (const LexedLine& line : lexed.lines)
    check_line(line);
  check_numbers(lexed, text);
  check_line_ends(lexed, text);
  return 0;
}
