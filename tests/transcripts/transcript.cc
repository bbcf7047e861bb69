#include "tests/transcripts/transcript.h"

#include <optional>

#include "proxy/base/ascii.h"

namespace postern::transcripts {
namespace {

struct Speaker {
  std::string_view prefix;
  Step::Kind kind;
  bool secret;
};
constexpr Speaker kSpeakers[] = {{"C:", Step::Kind::Client, false},
                                 {"C*:", Step::Kind::Client, true},
                                 {"S:", Step::Kind::Server, false}};

// A trailing backslash that escapes nothing leaves out the CRLF.
bool continues(std::string_view text) {
  const size_t last = text.find_last_not_of('\\');
  const size_t run =
      text.size() - (last == std::string_view::npos ? 0 : last + 1);
  return run % 2 == 1;
}

class Reader {
 public:
  Result<std::vector<Conversation>> read(std::string_view text) {
    for (const std::string_view line : split(text, '\n')) {
      ++number_;
      if (trim(line).empty() || line.starts_with('#')) continue;
      if (auto problem = take(line); !problem.empty())
        return at(number_, problem);
    }
    if (found_.empty()) return at(number_, "no conversation in this file");
    for (const Conversation& each : found_)
      if (each.steps.empty()) return at(each.line, "nothing happens here");
    return std::move(found_);
  }

 private:
  static Error at(size_t line, const std::string& problem) {
    return Error{Fault::Config, std::to_string(line) + ": " + problem};
  }

  // What is wrong with the line, or empty.
  std::string take(std::string_view line) {
    if (line.starts_with("== ")) {
      found_.push_back({number_, std::string(line.substr(3)), common_, {}});
      return {};
    }
    for (const Speaker& speaker : kSpeakers)
      if (line.starts_with(speaker.prefix))
        return take_speech(speaker, line.substr(speaker.prefix.size()));
    return line.starts_with('<') ? take_mark(line) : take_option(line);
  }

  std::string take_speech(const Speaker& speaker, std::string_view text) {
    if (found_.empty()) return "no conversation has begun";
    if (text.starts_with(' ')) text.remove_prefix(1);
    const bool open = continues(text);
    if (open) text.remove_suffix(1);
    std::optional<std::string> octets = unescape(text);
    if (!octets) return "not an escape";
    if (!open) *octets += "\r\n";
    found_.back().steps.push_back(
        {number_, speaker.kind, std::move(*octets), speaker.secret, {}});
    return {};
  }

  std::string take_mark(std::string_view text) {
    if (found_.empty()) return "no conversation has begun";
    std::optional<Mark> mark = parse_mark(text);
    if (!mark) return "not a mark";
    found_.back().steps.push_back(
        {number_, Step::Kind::Marked, {}, false, std::move(*mark)});
    return {};
  }

  std::string take_option(std::string_view text) {
    if (!found_.empty() && !found_.back().steps.empty())
      return "options come before the first step";
    const size_t blank = text.find(' ');
    Option option{number_, std::string(text.substr(0, blank)), {}};
    if (blank != std::string_view::npos)
      option.value = trim(text.substr(blank));
    (found_.empty() ? common_ : found_.back().options)
        .push_back(std::move(option));
    return {};
  }

  size_t number_ = 0;
  std::vector<Option> common_;
  std::vector<Conversation> found_;
};

}  // namespace

Result<std::vector<Conversation>> parse_conversations(std::string_view text) {
  return Reader().read(text);
}

}  // namespace postern::transcripts
