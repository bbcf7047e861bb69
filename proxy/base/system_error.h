// The system's word for an errno value.

#pragma once

#include <cstring>
#include <string>

namespace postern {

// Unlike strerror(), for any thread.
inline std::string system_error(int number) {
  const char* text = strerrordesc_np(number);
  return text != nullptr ? text : "error " + std::to_string(number);
}

}  // namespace postern
