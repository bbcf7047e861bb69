// For completion: the words that may stand where help has one in capitals.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/ctl/printer.h"

namespace postern {

// Where the values of BACKEND and the like come from.
struct KnownValues {
  std::string_view placeholder;  // "BACKEND"
  std::string_view fixed;        // always these, between blanks; or else
  std::string_view request;      // ask this,
  std::string_view table;        // and take from this table of the answer
  std::string_view column;       // this column
};

// Of one placeholder; null if its values are not known to anybody.
const KnownValues* find_known_values(std::string_view placeholder);

// Collects that column.  `into` outlives it.
std::unique_ptr<Printer> make_column_collector(const KnownValues& wanted,
                                               std::vector<std::string>& into);

}  // namespace postern
