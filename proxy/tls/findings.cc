#include "proxy/tls/findings.h"

namespace postern {

std::optional<Error> fatal_problem(const TlsProblems& problems) {
  for (const TlsProblem& problem : problems)
    if (!problem.warning)
      return Error{Fault::Config, problem.text}.in(problem.setting);
  return std::nullopt;
}

}  // namespace postern
