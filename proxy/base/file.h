// Whole small files: configuration and maps.

#pragma once

#include <cstddef>
#include <string>

#include "proxy/base/result.h"

namespace postern {

// All of `path`, at most `limit` octets.  Fault::Config with a text that begins
// with the path.
Result<std::string> read_file(const std::string& path, size_t limit);

// Everybody on this machine can read or change it.  A group is how secrets are
// shared on purpose.  False if it cannot be found.
bool open_to_others(const std::string& path);

}  // namespace postern
