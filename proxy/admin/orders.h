// What commands that change something have in common: times among their words,
// and the receipt that the Director gives for an order.

#pragma once

#include <optional>
#include <string>

#include "backends/director.h"
#include "proxy/admin/commands.h"

namespace postern {

// The value of an option that is a time, 0 if it was left out.  If it is none,
// that is the answer, and nothing is returned.
std::optional<uint64_t> time_of(const Call& call, std::string_view option);

// For the Director, on whose thread it is called: answers with what was done
// and whether it will outlive the daemon.
Director::Answer receipt_for(const Call& call, std::string done);

}  // namespace postern
