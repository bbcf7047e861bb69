// OpenSSL's errors in words an administrator can act on.

#pragma once

#include <string>

namespace postern {

// The oldest error in this thread's queue, which is the cause of the others.
// Empties the queue.
std::string take_openssl_error();

// X509_V_ERR_…
std::string verify_error(int code);

}  // namespace postern
