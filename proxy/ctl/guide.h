// What posternctl says without asking the daemon: help, and what could come
// next on a half-written command line.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace postern {

// All commands, or those that begin with `words`; nothing if there are none.
std::optional<std::string> command_help(std::span<const std::string> words);

// For the shell: `words` are those behind "posternctl", the last one (perhaps
// empty) is being written.  Words that could stand there; a word in capitals
// (BACKEND) stands for one that only the daemon knows.
std::vector<std::string> completions(std::span<const std::string> words);

}  // namespace postern
