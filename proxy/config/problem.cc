#include "proxy/config/problem.h"

#include <algorithm>
#include <utility>

namespace postern {

std::string to_text(const Origin& origin) {
  if (origin.line == 0) return origin.file;
  return origin.file + ":" + std::to_string(origin.line);
}

std::string to_text(const Problem& problem) {
  std::string text = to_text(problem.where);
  if (!text.empty()) text += ": ";
  if (!problem.setting.empty()) text += problem.setting + ": ";
  if (problem.severity == Problem::Severity::Warning) text += "warning: ";
  return text + problem.text;
}

std::vector<Problem> without_repeats(std::vector<Problem> problems) {
  std::vector<Problem> once;
  for (Problem& each : problems)
    if (std::find(once.begin(), once.end(), each) == once.end())
      once.push_back(std::move(each));
  return once;
}

bool has_errors(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& each) {
    return each.severity == Problem::Severity::Error;
  });
}

}  // namespace postern
