#include "proxy/config/print.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/base/paragraph.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

constexpr size_t kOriginColumn = 44;

std::string default_of(const Setting& setting) {
  const std::vector<std::string> lines = setting.kind.show(Draft());
  return lines.empty() ? std::string() : lines.front();
}

std::string help_of(const Setting& setting) {
  std::string line = "  ";
  if (setting.letter != 0) line.append("-").append(1, setting.letter) += ", ";
  line.append("--").append(setting.name);
  if (!setting.alias.empty()) line.append(", --").append(setting.alias);
  if (!setting.kind.placeholder.empty())
    line.append(" ").append(setting.kind.placeholder);

  std::string text(setting.help);
  if (setting.support == Support::NotYet) text = "not available yet: " + text;
  if (setting.support == Support::Refused) text = "refused: " + text;
  if (setting.support == Support::NoEffect) text = "no effect: " + text;
  if (const std::string usual = default_of(setting); !usual.empty())
    text += " [" + usual + "]";
  return line + '\n' + paragraph(text, 8);
}

// Blanks up to the column, at least one.
void pad(std::string& line, size_t column) {
  line.append(line.size() < column ? column - line.size() : 1, ' ');
}

std::string origin_of(const Given* given, size_t line, size_t lines) {
  if (given == nullptr) return "default";
  const bool each = given->lines.size() == lines;
  return to_text(each ? given->lines[line] : given->lines.back());
}

std::string print_setting(const Setting& setting, const Section& section) {
  const std::vector<std::string> values = setting.kind.show(section.draft);
  const Given* given = section.find(setting.name);
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) {
    // "key =…" would be read as "key=…".
    std::string line(setting.name);
    line += values[i].starts_with('=') ? '=' : ' ';
    line += quote_value(values[i]);
    pad(line, kOriginColumn);
    out += line + "# " + origin_of(given, i, values.size()) + '\n';
  }
  return out;
}

}  // namespace

std::string help_text() {
  std::string text;
  for (const Topic& topic : topics()) {
    if (!text.empty()) text += '\n';
    text.append(topic.title).append(":\n");
    for (const Setting& setting : topic.settings)
      text += help_of(setting);
  }
  return text;
}

std::string quote_value(std::string_view value) {
  constexpr std::string_view kSpecial = " \t#\\'\"";
  std::string quoted(value);
  if (!value.empty() && value.find_first_of(kSpecial) == std::string_view::npos)
    return quoted;
  if (value.find('\'') == std::string_view::npos) return "'" + quoted + "'";
  quoted.clear();
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return '"' + quoted + '"';
}

std::string print_section(const Section& section) {
  const Scope scope = section.name.empty() ? Scope::Global : Scope::Service;
  std::string text;
  for (const Topic& topic : topics())
    for (const Setting& setting : topic.settings)
      if (setting.scope == scope && setting.support == Support::Works)
        text += print_setting(setting, section);
  return text;
}

std::string print_configuration(const Configuration& configuration) {
  std::string text = "# the daemon\n" + print_section(configuration.daemon);
  for (const Section& section : configuration.services)
    text += "\n# service " + section.name + "\n" + print_section(section);
  return text;
}

}  // namespace postern
