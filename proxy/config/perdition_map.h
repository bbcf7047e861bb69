// Perdition's map_library: which map here does the same.

#pragma once

#include <string_view>

#include "lookup/map.h"

namespace postern {

// "regex" for …/libperditiondb_posix_regex.so.0; empty for "", which is no
// map.  An error says what to use instead.
Result<std::string_view> map_type_of_library(std::string_view library);

// What Perdition takes for an empty map_library_opt.
std::string_view usual_argument(std::string_view type);

}  // namespace postern
