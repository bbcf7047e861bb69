#include "lookup/map_file.h"

#include "lookup/problems.h"

namespace postern {

Status read_map_lines(const std::string& path, std::string_view text,
                      const std::function<Status(const LexedLine&)>& add) {
  const Lexed lexed = lex(text);
  Problems problems;
  for (const LexProblem& problem : lexed.problems)
    problems.add(map_line(path, problem.number) + ": " + problem.text);
  for (const LexedLine& line : lexed.lines)
    if (const Status added = add(line); !added)
      problems.add(map_line(path, line.number) + ": " + added.error().text);
  if (problems.any()) return problems.error();
  return Done{};
}

std::string map_line(const std::string& path, size_t number) {
  return path + ":" + std::to_string(number);
}

}  // namespace postern
