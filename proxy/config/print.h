// The table of settings as people read it: --help and --print-config.

#pragma once

#include <string>

#include "proxy/config/configuration.h"

namespace postern {

// Every setting with what it does and its default.
std::string help_text();

// Every setting that works with its effective value and where that came from,
// the daemon's first, then each service's; in the language of the files.
std::string print_configuration(const Configuration& configuration);

// One part of it.
std::string print_section(const Section& section);

// So that a file may hold it as a value: in quotes if need be.
std::string quote_value(std::string_view value);

}  // namespace postern
