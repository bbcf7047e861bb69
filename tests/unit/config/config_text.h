// Configurations as the tests write them: text in, problems as text out.

#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/config/configuration.h"

namespace postern {

// Shown by doctest when it is not what was expected.
struct Texts : std::vector<std::string> {
  using std::vector<std::string>::vector;
  friend std::ostream& operator<<(std::ostream& out, const Texts& texts) {
    for (const std::string& text : texts)
      out << "\n    " << text;
    return out;
  }
};

inline Texts texts_of(const std::vector<Problem>& problems) {
  Texts texts;
  for (const Problem& problem : problems)
    texts.push_back(to_text(problem));
  return texts;
}

// The only file, called "c/postern.conf".
inline Configuration configure(std::string_view text,
                               const Assignments& overrides = {}) {
  return build_configuration({"c/postern.conf", std::string(text)}, {},
                             overrides);
}

// The global file, and services by name with their text.
inline Configuration configure_all(
    std::string_view global,
    const std::vector<std::pair<std::string, std::string>>& services,
    const Assignments& overrides = {}) {
  std::vector<Source> sources;
  for (const auto& [name, text] : services)
    sources.push_back({"c/conf.d/" + name + ".conf", text});
  return build_configuration({"c/postern.conf", std::string(global)}, sources,
                             overrides);
}

// What a complete service says besides what is being tested.
inline const std::string kService =
    "protocol IMAP4\n"
    "outgoing_server mail.example\n";

}  // namespace postern
