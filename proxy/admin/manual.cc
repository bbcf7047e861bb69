#include "proxy/admin/manual.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr CommandManual kManuals[] = {
    {"status", "",
     "Uptime, version and configuration, and how many sessions there are."},
    {"who",
     "[USER|ADDRESS|BACKEND] [--user USER] [--address ADDRESS] "
     "[--backend BACKEND] [--service SERVICE]",
     "Sessions, oldest first; only those that fit everything that is given."},
    {"route", "USER [--service SERVICE]",
     "Where a login of this user would go, and why."},
    {"backend list", "[POOL]",
     "Backends: how each stands, its weight, and how many sessions it has."},
    {"backend drain", "BACKEND [--spread TIME]",
     "No new users; with --spread those who are there go elsewhere, too.",
     true},
    {"backend down", "BACKEND [--spread TIME]",
     "Sends nobody there any more, and ends the sessions that are there.",
     true},
    {"backend up", "BACKEND",
     "Takes back drain and down; health checks still have their say.", true},
    {"backend weight", "BACKEND WEIGHT",
     "Changes its share of new users; 0 is none, default what is configured.",
     true},
    {"user move", "USER BACKEND",
     "Ends the user's sessions elsewhere; from then on the user lives there.",
     true},
    {"user unpin", "USER [--pool POOL]",
     "Takes back user move; the user stays until the last session is "
     "forgotten.",
     true},
    {"user kick", "USER", "Ends the user's sessions.", true},
    {"user list", "[POOL]", "Users who live where user move has put them."},
    {"kick",
     "[--backend BACKEND] [--user USER] [--address ADDRESS] "
     "[--session SESSION] [--spread TIME]",
     "Ends the sessions that fit everything that is given.", true},
    {"map test", "USER [--service SERVICE]",
     "Asks every map with every key, whatever the others say."},
    {"reload", "", "Reads the configuration anew, and says what came of it.",
     true},
    {"log level", "[LEVEL]",
     "Shows what is logged, or changes it until the next reload or restart.",
     true},
};

const CommandManual* find_manual(std::span<const std::string> words,
                                 size_t& used) {
  const CommandManual* best = nullptr;
  for (const CommandManual& manual : kManuals) {
    const auto parts = split(manual.name, ' ');
    const bool fits = parts.size() <= words.size() &&
                      std::equal(parts.begin(), parts.end(), words.begin());
    if (!fits || (best != nullptr && parts.size() <= used)) continue;
    best = &manual;
    used = parts.size();
  }
  return best;
}

Error expected(const CommandManual& manual, std::string wrong) {
  return Error{Fault::Denied,
               std::move(wrong) + ", expected: " + usage_of(manual)};
}

// Reads the words behind the command's name.
class Reading {
 public:
  explicit Reading(const CommandManual& manual)
      : manual_(manual), arguments_(arguments_of(manual)) {
    made_.command = &manual;
  }

  Result<Invocation> run(std::span<const std::string> words) {
    for (size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (options_over_ || !word.starts_with("--")) {
        made_.words.push_back(word);
      } else if (word == "--") {
        options_over_ = true;
      } else if (Status taken = take_option(words, i); !taken) {
        return std::move(taken).error();
      }
    }
    if (Status counted = count(); !counted) return std::move(counted).error();
    return std::move(made_);
  }

 private:
  Status take_option(std::span<const std::string> words, size_t& i) {
    const size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    if (std::ranges::find(arguments_, name, &Argument::option) ==
        arguments_.end())
      return expected(manual_, "there is no option " + printable(name));
    if (equals == std::string::npos && i + 1 == words.size())
      return expected(manual_, name + " needs a value");
    std::string value =
        equals == std::string::npos ? words[++i] : words[i].substr(equals + 1);
    if (!made_.options.emplace(name, std::move(value)).second)
      return expected(manual_, name + " is given twice");
    return Done{};
  }

  Status count() const {
    size_t places = 0;
    for (const Argument& each : arguments_) {
      const bool given = each.option.empty()
                             ? places++ < made_.words.size()
                             : made_.options.contains(each.option);
      if (each.needed && !given)
        return expected(
            manual_,
            std::string(each.option.empty() ? each.value : each.option) +
                " is missing");
    }
    if (made_.words.size() <= places) return Done{};
    return expected(manual_,
                    "\"" + printable(made_.words[places]) + "\" is too much");
  }

  const CommandManual& manual_;
  const std::vector<Argument> arguments_;
  Invocation made_;
  bool options_over_ = false;
};

}  // namespace

std::span<const CommandManual> command_manuals() {
  return kManuals;
}

std::string usage_of(const CommandManual& manual) {
  std::string usage(manual.name);
  if (!manual.arguments.empty()) usage += " ";
  return usage += manual.arguments;
}

std::vector<Argument> arguments_of(const CommandManual& manual) {
  std::vector<Argument> all;
  Argument next;
  for (std::string_view word : split(manual.arguments, ' ')) {
    if (word.empty()) continue;
    const bool optional = word.starts_with('[') || word.ends_with(']');
    if (word.starts_with('[')) word.remove_prefix(1);
    if (word.ends_with(']')) word.remove_suffix(1);
    if (word.starts_with("--")) {
      next.option = word;
      continue;
    }
    next.value = word;
    next.needed = !optional;
    all.push_back(std::exchange(next, {}));
  }
  return all;
}

std::string Invocation::word(size_t place) const {
  return place < words.size() ? words[place] : std::string();
}

std::string Invocation::option(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second;
}

Result<Invocation> understand(std::span<const std::string> words) {
  size_t used = 0;
  const CommandManual* manual = find_manual(words, used);
  if (manual != nullptr) return Reading(*manual).run(words.subspan(used));
  if (words.empty()) return Error{Fault::Denied, "there is no command"};
  return Error{Fault::Denied,
               "there is no command \"" + printable(words.front()) +
                   (words.size() > 1 ? " " + printable(words[1]) : "") + "\""};
}

}  // namespace postern
