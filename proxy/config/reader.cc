#include "proxy/config/reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/lexer.h"
#include "proxy/config/print.h"

namespace postern {
namespace {

struct Pair {
  std::string key;
  std::optional<std::string> value;     // none: a bare key
  std::vector<std::string> words = {};  // of the value, where a file has it
};

// `words` as a line that lex() takes apart again.
std::string with_quotes(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words)
    line += (line.empty() ? "" : " ") + quote_value(word);
  return line;
}

// `key value`, `key=value`, `key = value`.
Pair to_pair(const LexedLine& line) {
  const std::string& first = line.words.front();
  if (const size_t equals = first.find('='); equals != std::string::npos) {
    std::string value = first.substr(equals + 1);
    if (line.words.size() > 1 && !value.empty()) value += ' ';
    std::vector<std::string> words(line.words.begin() + 1, line.words.end());
    if (equals + 1 < first.size())
      words.insert(words.begin(), first.substr(equals + 1));
    return {first.substr(0, equals), value + line.rest, std::move(words)};
  }
  if (line.words.size() == 1) return {first, std::nullopt};
  const std::string_view rest = line.rest;
  std::vector<std::string> words(line.words.begin() + 1, line.words.end());
  if (!rest.starts_with('=')) return {first, line.rest, std::move(words)};
  words.front().erase(0, 1);
  if (words.front().empty()) words.erase(words.begin());
  return {first, std::string(trim(rest.substr(1))), std::move(words)};
}

// Tabs may be in a value: a long query looks better with them.
bool has_bad_octet(std::string_view text) {
  for (const std::string_view piece : split(text, '\t'))
    if (has_control(piece)) return true;
  return false;
}

class Reader {
 public:
  explicit Reader(FileKind kind) : kind_(kind) {}

  void read(const Pair& pair, const Origin& where) {
    const Setting* setting = find_setting(pair.key, preferred());
    if (setting == nullptr) return unknown(pair.key, where);
    read_known(*setting, pair, where);
  }

  void complain(const Origin& where, std::string_view setting,
                std::string text) {
    result_.problems.push_back({Problem::Severity::Error, where,
                                std::string(setting), std::move(text)});
  }

  Assignments take() { return std::move(result_); }

 private:
  Scope preferred() const {
    return kind_ == FileKind::Global ? Scope::Global : Scope::Service;
  }

  void unknown(std::string_view key, const Origin& where) {
    const std::string_view similar = similar_setting(key);
    std::string text = "unknown setting";
    if (!similar.empty())
      text.append(", did you mean ").append(similar).append("?");
    complain(where, printable(key, 64), std::move(text));
  }

  void read_known(const Setting& setting, const Pair& pair,
                  const Origin& where) {
    switch (setting.support) {
      case Support::NotYet:
        return complain(where, setting.name,
                        "not available yet: " + std::string(setting.help));
      case Support::Refused:
        return complain(where, setting.name,
                        "refused: " + std::string(setting.help));
      case Support::NoEffect:
        result_.problems.push_back({Problem::Severity::Warning, where,
                                    std::string(setting.name),
                                    "no effect: " + std::string(setting.help)});
        return;
      case Support::Works:
        return assign(setting, pair, where);
    }
  }

  void assign(const Setting& setting, const Pair& pair, const Origin& where) {
    auto value = usable_value(setting, pair);
    if (!value) {
      complain(where, setting.name, std::move(value).error().text);
      result_.failed.push_back(&setting);
      return;
    }
    result_.given.push_back({&setting, std::move(*value), where});
  }

  Result<std::string> usable_value(const Setting& setting, const Pair& pair) {
    if (kind_ == FileKind::Service && setting.scope == Scope::Global)
      return Error{Fault::Config,
                   "belongs to the daemon, expected in the global file"};
    const bool flag = setting.kind.placeholder.empty();
    if (!pair.value && !flag)
      return Error{Fault::Config, "has no value, expected " +
                                      std::string(setting.kind.placeholder)};
    std::string value = pair.value.value_or("yes");
    // A single word in quotes is the whole line, as --print-config writes it.
    if (setting.kind.quoted_words && pair.words.size() > 1)
      value = with_quotes(pair.words);
    if (has_bad_octet(value))
      return Error{Fault::Config, "\"" + printable(value, 64) +
                                      "\" holds a control character, expected "
                                      "none"};
    if (Status set = setting.kind.set(scratch_, value); !set)
      return std::move(set).error();
    return value;
  }

  FileKind kind_;
  Draft scratch_;  // what lines before this one have said
  Assignments result_;
};

const std::string kCommandLine = "command line";

// The next argument is the value, unless it is part of this one or the setting
// can do without.
class ArgumentReader {
 public:
  explicit ArgumentReader(std::span<const std::string> arguments)
      : left_(arguments) {}

  Assignments run() {
    while (!left_.empty())
      read_one(take());
    return reader_.take();
  }

 private:
  void read_one(std::string_view argument) {
    if (argument.size() > 2 && argument.starts_with("--"))
      read_long(argument.substr(2));
    else if (argument.size() > 1 && argument[0] == '-' && argument[1] != '-')
      read_short(argument.substr(1));
    else
      reader_.complain(where_, {},
                       "\"" + printable(argument, 64) +
                           "\" is no option, expected --NAME VALUE");
  }

  void read_long(std::string_view option) {
    const size_t equals = option.find('=');
    Pair pair{std::string(option.substr(0, equals)), std::nullopt};
    if (equals != std::string_view::npos)
      pair.value = option.substr(equals + 1);
    // A letter is a short option.
    if (pair.key.size() == 1) pair.key.insert(0, "--");
    read(std::move(pair));
  }

  void read_short(std::string_view option) {
    Pair pair{std::string(option.substr(0, 1)), std::nullopt};
    if (option.size() > 1) pair.value = option.substr(1);
    read(std::move(pair));
  }

  void read(Pair pair) {
    const Setting* setting = find_setting(pair.key, Scope::Global);
    const bool wants = setting && !setting->kind.placeholder.empty();
    if (wants && !pair.value && !left_.empty()) pair.value = take();
    reader_.read(pair, where_);
  }

  const std::string& take() {
    const std::string& first = left_.front();
    left_ = left_.subspan(1);
    return first;
  }

  std::span<const std::string> left_;
  const Origin where_ = {kCommandLine};
  Reader reader_{FileKind::Global};
};

}  // namespace

Assignments read_settings(const Source& source, FileKind kind) {
  Reader reader(kind);
  const Lexed lexed = lex(source.text);
  for (const LexProblem& problem : lexed.problems)
    reader.complain({source.path, problem.number}, {}, problem.text);
  for (const LexedLine& line : lexed.lines)
    reader.read(to_pair(line), {source.path, line.number});
  Assignments result = reader.take();
  std::ranges::stable_sort(result.problems, {},
                           [](const Problem& each) { return each.where.line; });
  return result;
}

Assignments read_arguments(std::span<const std::string> arguments) {
  return ArgumentReader(arguments).run();
}

}  // namespace postern
