#include "proxy/ctl/guide.h"

#include <algorithm>
#include <utility>

#include "proxy/admin/manual.h"
#include "proxy/base/ascii.h"
#include "proxy/base/paragraph.h"

namespace postern {
namespace {

using Words = std::span<const std::string>;

bool begins_with(const CommandManual& manual, Words words) {
  const auto parts = split(manual.name, ' ');
  return words.size() <= parts.size() &&
         std::equal(words.begin(), words.end(), parts.begin());
}

// The command's own words behind those given.
std::vector<std::string> next_words(Words given) {
  std::vector<std::string> found;
  for (const CommandManual& manual : command_manuals()) {
    const auto parts = split(manual.name, ' ');
    if (parts.size() <= given.size() || !begins_with(manual, given)) continue;
    std::string next(parts[given.size()]);
    if (std::ranges::find(found, next) == found.end())
      found.push_back(std::move(next));
  }
  return found;
}

// What may follow a whole command: the value of an option, the next word by
// place, options.
std::vector<std::string> next_arguments(const CommandManual& manual,
                                        Words given) {
  size_t places = 0;
  std::string_view awaiting;  // the value of this option
  const auto arguments = arguments_of(manual);
  for (const std::string& word : given) {
    if (!std::exchange(awaiting, {}).empty()) continue;
    if (word.starts_with("--"))
      awaiting = word;
    else
      ++places;
  }
  std::vector<std::string> found;
  for (const Argument& each : arguments) {
    if (!awaiting.empty()) {
      if (each.option == awaiting) found.emplace_back(each.value);
    } else if (!each.option.empty()) {
      if (std::ranges::find(given, each.option) == given.end())
        found.emplace_back(each.option);
    } else if (places-- == 0) {
      found.emplace_back(each.value);
    }
  }
  return found;
}

}  // namespace

std::optional<std::string> command_help(Words words) {
  std::string text;
  for (const CommandManual& manual : command_manuals())
    if (begins_with(manual, words))
      text += paragraph(usage_of(manual), 2) + paragraph(manual.help, 8);
  if (text.empty()) return std::nullopt;
  return text;
}

std::vector<std::string> completions(Words words) {
  if (words.empty()) return {};
  const Words given = words.first(words.size() - 1);
  std::vector<std::string> found = next_words(given);
  for (const CommandManual& manual : command_manuals()) {
    const size_t own = split(manual.name, ' ').size();
    if (given.size() < own || !begins_with(manual, given.first(own))) continue;
    for (std::string& each : next_arguments(manual, given.subspan(own)))
      found.push_back(std::move(each));
  }
  return found;
}

}  // namespace postern
