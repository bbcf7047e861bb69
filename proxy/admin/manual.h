// What can be asked of the daemon, in words: the table that posternctl's help
// and completion come from, and by which both ends read a request.  What the
// commands do is in commands.cc.  Includes nothing but base, so that
// posternctl can use it.

#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"

namespace postern {

struct CommandManual {
  std::string_view name;  // "backend drain"
  // What follows, e.g. "USER [WEIGHT] --backend NAME [--spread TIME]": words in
  // capitals are to be replaced, brackets say what may be left out.  Options
  // always take a value.
  std::string_view arguments;
  std::string_view help;  // one sentence
  bool changes = false;   // something; the log tells who did it
};

std::span<const CommandManual> command_manuals();

// "backend drain BACKEND [--spread TIME]"
std::string usage_of(const CommandManual& manual);

// One word of `arguments`.
struct Argument {
  std::string_view option;  // "--spread"; empty: by its place
  std::string_view value;   // "TIME"
  bool needed = false;
};
std::vector<Argument> arguments_of(const CommandManual& manual);

// A request that fits the table.
struct Invocation {
  const CommandManual* command = nullptr;
  std::vector<std::string> words;  // by their place
  std::map<std::string, std::string, std::less<>> options;

  // "" where it was left out.
  std::string word(size_t place) const;
  std::string option(std::string_view name) const;
};

// Options may stand anywhere behind the command, as "--name value" or
// "--name=value"; behind "--" there are none.  Fault::Denied says what was
// expected.
Result<Invocation> understand(std::span<const std::string> words);

}  // namespace postern
