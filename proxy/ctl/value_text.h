// A value as people read it: times of day, durations, octets in units.

#pragma once

#include <cstdint>
#include <string>

#include "proxy/admin/control_wire.h"
#include "proxy/base/words.h"

namespace postern {

// Fit for a terminal whatever is in it.  `now`: milliseconds since 1970, for
// leaving out today's date.
std::string text_of(const Word& value, Form form, uint64_t now);

}  // namespace postern
