// An answer for programs: one JSON object, a record on each line.

#pragma once

#include "proxy/ctl/printer.h"

namespace postern {

// {"daemon": {…}, "services": [{…}, …], "result": "ok", "message": "…"}; when
// it went wrong "result" is "error" and "error" says its kind.
std::unique_ptr<Printer> make_json_printer(Printer::Out out);

}  // namespace postern
