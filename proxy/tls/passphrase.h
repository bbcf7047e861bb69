// The passphrase of private keys: the first line of a file or of a descriptor.

#pragma once

#include <string>

#include "proxy/base/result.h"
#include "proxy/base/secret.h"

namespace postern {

// An empty path: there is none.
Result<Secret> passphrase_of_file(const std::string& path);

// A descriptor can be read only once, but keys are loaded again when they are
// renewed: what it said is kept as long as the process lives.  Any thread.
Result<Secret> passphrase_of_descriptor(int descriptor);

}  // namespace postern
