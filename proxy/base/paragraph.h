// Text for people at a terminal: help of the daemon and of posternctl.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern {

// The words of `text`, which single blanks separate, in lines of at most 78
// columns (but for a longer word), each behind `indent` blanks and ended.
std::string paragraph(std::string_view text, size_t indent);

}  // namespace postern
