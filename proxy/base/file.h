// Whole small files: configuration and maps.

#pragma once

#include <cstddef>
#include <string>

#include "proxy/base/result.h"

namespace postern {

// All of `path`, at most `limit` octets.  Fault::Config with a text that begins
// with the path.
Result<std::string> read_file(const std::string& path, size_t limit);

}  // namespace postern
