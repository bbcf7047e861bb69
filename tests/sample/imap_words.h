// How IMAP writes commands down: atoms, quoted strings, literals and lists in
// parentheses.  For the sample server: lenient, and only what it needs.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sample/client_connection.h"

namespace postern::sample {

// One command, literals asked for and read.  A list is one word, without its
// parentheses.  Nothing once the client has gone.
std::optional<std::vector<std::string>> read_imap_words(
    ClientConnection& client);

}  // namespace postern::sample
