// What check_tls() lists is also what keeps a context from being made.

#pragma once

#include <optional>

#include "proxy/tls/context.h"

namespace postern {

// The first problem that is more than a warning.
std::optional<Error> fatal_problem(const TlsProblems& problems);

}  // namespace postern
