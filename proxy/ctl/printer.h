// How an answer is shown: as tables (table_printer.h) or JSON (json_printer.h).

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/control_wire.h"
#include "proxy/base/words.h"

namespace postern {

struct Heading {
  std::string name;
  Form form = Form::Text;
};

class Printer {
 public:
  // Takes away what is finished.
  using Out = void (*)(std::string_view text);

  virtual ~Printer() = default;
  // One row follows, or (`table`) any number.
  virtual void head(bool table, std::string name,
                    std::vector<Heading> columns) = 0;
  // As many values as there are columns.
  virtual void row(std::vector<Word> values) = 0;
  virtual void end(bool ok, std::string_view trouble,
                   std::string_view text) = 0;
};

}  // namespace postern
