#include "proxy/session/user_name.h"

#include "proxy/base/ascii.h"

namespace postern {
namespace {

// A name that would leave nothing stays as it is.
void strip_domain(std::string& user, const std::string& delimiter) {
  const size_t at = user.rfind(delimiter);
  if (at != std::string::npos && at != 0) user.resize(at);
}

void add_domain(std::string& user, const NameOptions& options) {
  if (user.find(options.domain_delimiter) != std::string::npos) return;
  user += options.domain_delimiter;
  user += options.explicit_domain;
}

}  // namespace

std::string name_for(NameState state, std::string_view user,
                     const NameOptions& options) {
  std::string name(user);
  if (!options.domain_delimiter.empty()) {
    if ((options.strip_domain & state) != 0)
      strip_domain(name, options.domain_delimiter);
    if ((options.add_domain & state) != 0 && !options.explicit_domain.empty())
      add_domain(name, options);
  }
  return (options.lower_case & state) != 0 ? to_lower(name) : name;
}

}  // namespace postern
