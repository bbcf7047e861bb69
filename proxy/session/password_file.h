// Passwords of our own that stand in files.

#pragma once

#include <string>

#include "proxy/base/result.h"
#include "proxy/base/secret.h"

namespace postern {

// The password in a file of one line.
Result<Secret> read_password(const std::string& path);

// The same, for one so mighty that nobody else on this machine may read it.
Result<Secret> read_private_password(const std::string& path);

}  // namespace postern
