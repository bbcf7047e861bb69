// An answer for people: aligned columns, one record for a single row.

#pragma once

#include "proxy/ctl/printer.h"

namespace postern {

// `out` takes the tables and `complain` what went wrong.
std::unique_ptr<Printer> make_table_printer(Printer::Out out,
                                            Printer::Out complain);

}  // namespace postern
