// What the maps read from a file of lines have in common.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "proxy/base/lexer.h"
#include "proxy/base/result.h"

namespace postern {

// Gives every line to `add`.  Fault::Config with all the problems, one a line,
// each as "PATH:LINE: what is wrong".
Status read_map_lines(const std::string& path, std::string_view text,
                      const std::function<Status(const LexedLine&)>& add);

// "PATH:LINE"
std::string map_line(const std::string& path, size_t number);

}  // namespace postern
