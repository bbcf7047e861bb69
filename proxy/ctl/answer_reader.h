// Makes sense of the daemon's lines, for a printer.

#pragma once

#include <optional>
#include <string_view>

#include "proxy/ctl/printer.h"

namespace postern {

class AnswerReader {
 public:
  explicit AnswerReader(Printer& printer) : printer_(printer) {}

  // An exit status at the end of the answer; nothing before.  What is not
  // understood is passed over.
  std::optional<int> feed(std::string_view line);

 private:
  void head(bool table, const std::vector<Word>& words);

  Printer& printer_;
  size_t columns_ = 0;  // of the table; 0: none yet
};

}  // namespace postern
