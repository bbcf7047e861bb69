// From text to assignments: which settings were given, where, with what value.
// Perdition's language without its traps; every line that cannot be used is a
// problem, and reading goes on behind it.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "proxy/config/problem.h"
#include "proxy/config/settings.h"

namespace postern {

struct Source {
  std::string path;
  std::string text;
};

struct Assignment {
  const Setting* setting;
  std::string value;
  Origin where;
};

struct [[nodiscard]] Assignments {
  std::vector<Assignment> given;       // values that their settings took
  std::vector<const Setting*> failed;  // settings with a value that was not
  std::vector<Problem> problems;       // sorted by line
};

enum class FileKind {
  Global,   // everything may stand here
  Service,  // nothing of Scope::Global
};

Assignments read_settings(const Source& source, FileKind kind);

// `--name value`, `--name=value`, `-n value`, `-nvalue`, and bare flags.
Assignments read_arguments(std::span<const std::string> arguments);

}  // namespace postern
