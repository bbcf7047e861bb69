// Lines of words, as posternctl and the daemon exchange them: whatever a word
// holds, the line is printable ASCII and means one thing only.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"

namespace postern {

struct Word {
  std::string text;
  bool quoted = false;  // so that a value "-" is no missing value

  bool missing() const { return !quoted && text == "-"; }
  bool operator==(const Word&) const = default;
};

// A bare word has no blank, quote, backslash, control character or octet above
// 0x7e.  Between double quotes \" \\ and \xNN stand for what may not be there.
// Words are separated by blanks; pieces that touch are an error.  Fault::Denied
// says what is wrong.
Result<std::vector<Word>> split_words(std::string_view line);

// The way split_words() reads it back, quoted if need be.
std::string quote_word(std::string_view text);

}  // namespace postern
