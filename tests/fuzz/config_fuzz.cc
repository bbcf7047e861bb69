// Configuration files and arguments: the parts of the input, between lines that
// are "%", are the global file, two services' files (none if empty) and the
// arguments, one a line.

#include <cstdint>

#include "proxy/base/ascii.h"
#include "proxy/config/print.h"
#include "proxy/config/settings.h"
#include "tests/fuzz/require.h"

using namespace postern;

namespace {

using Parts = std::vector<std::string>;

Parts parts_of(std::string_view input) {
  Parts parts(1);
  for (const std::string_view line : split(input, '\n'))
    if (line == "%" && parts.size() < 4)
      parts.emplace_back();
    else
      parts.back().append(line).append("\n");
  parts.resize(4);
  return parts;
}

Configuration build(const Parts& parts) {
  std::vector<Source> services;
  for (const size_t i : {1u, 2u})
    if (!parts[i].empty())
      services.push_back({"conf.d/" + std::to_string(i) + ".conf", parts[i]});
  std::vector<std::string> arguments;
  for (const std::string_view line : split(parts[3], '\n'))
    if (!line.empty()) arguments.emplace_back(line);
  return build_configuration({"postern.conf", parts[0]}, services,
                             parse_overrides(arguments));
}

// What every setting came to.
std::string values_of(const Section& section) {
  std::string values;
  for (const Topic& topic : topics())
    for (const Setting& setting : topic.settings)
      for (const std::string& line : setting.kind.show(section.draft))
        values.append(setting.name).append(" ").append(line).append("\n");
  return values;
}

void check_problems(const Configuration& configuration) {
  for (const Problem& problem : configuration.problems) {
    fuzz::require(!problem.text.empty(), "problems say what is wrong");
    fuzz::require(!problem.where.file.empty(), "problems say where");
    fuzz::require(!has_control(to_text(problem)), "problems can be printed");
  }
}

// Written out and read again, it is the same.
void check_printing(const Configuration& first) {
  std::vector<Source> services;
  for (const Section& section : first.services)
    services.push_back({section.name + ".conf", print_section(section)});
  const Configuration second = build_configuration(
      {"postern.conf", print_section(first.daemon)}, services);
  fuzz::require(second.problems.empty(), "what is printed can be read");
  fuzz::require(values_of(first.daemon) == values_of(second.daemon),
                "the daemon's settings survive");
  for (size_t i = 0; i < services.size(); ++i)
    fuzz::require(values_of(first.services[i]) == values_of(second.services[i]),
                  "a service's settings survive");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Configuration configuration = build(parts_of(input));
  check_problems(configuration);
  fuzz::require(
      configuration.options.services.size() == configuration.services.size(),
      "every service is there");
  if (configuration.usable()) check_printing(configuration);
  return 0;
}
