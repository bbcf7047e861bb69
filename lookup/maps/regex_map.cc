// `map regex FILE`: Perdition's popmap.re with PCRE2.  Each line holds pairs of
// a regex and a substitution; the first regex that matches anywhere in the key
// wins.  The value is what stands before the match and the substitution; what
// stands behind the match is dropped.
//
// The time of a match is bounded by a match limit, since the key is a
// stranger's.  Patterns work on octets: no UTF, and "$" is the key's very end.

#define PCRE2_CODE_UNIT_WIDTH 8

#include <array>

#include <pcre2.h>

#include "lookup/map_file.h"
#include "lookup/maps.h"
#include "proxy/base/ascii.h"
#include "proxy/base/file.h"
#include "proxy/base/foreign.h"

namespace postern {
namespace {

// A tenth of a millisecond or so with JIT; a pattern can only lower them.  The
// last two bound the interpreter, which stands in where JIT is forbidden.
constexpr uint32_t kMatchLimit = 100000;
constexpr uint32_t kDepthLimit = 10000;
constexpr uint32_t kHeapLimitKib = 4096;
constexpr size_t kMaxPattern = 4096;
constexpr uint32_t kCompileOptions = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
                                     PCRE2_NEVER_BACKSLASH_C |
                                     PCRE2_DOLLAR_ENDONLY;

using Code = Foreign<pcre2_code, pcre2_code_free>;
using CompileContext =
    Foreign<pcre2_compile_context, pcre2_compile_context_free>;
using MatchContext = Foreign<pcre2_match_context, pcre2_match_context_free>;
using MatchData = Foreign<pcre2_match_data, pcre2_match_data_free>;
using JitStack = Foreign<pcre2_jit_stack, pcre2_jit_stack_free>;

std::string pcre_message(int code) {
  std::array<PCRE2_UCHAR, 128> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR octets(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

// The 32 KiB of the machine stack that JIT takes by itself are too little for
// a group repeated over a long key.
pcre2_jit_stack* jit_stack_of_thread(void*) {
  thread_local JitStack stack(
      pcre2_jit_stack_create(16 << 10, 512 << 10, nullptr));
  return stack.get();
}

MatchContext make_match_context() {
  MatchContext context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kMatchLimit);
  pcre2_set_depth_limit(context.get(), kDepthLimit);
  pcre2_set_heap_limit(context.get(), kHeapLimitKib);
  pcre2_jit_stack_assign(context.get(), jit_stack_of_thread, nullptr);
  return context;
}

Result<Code> compile(std::string_view pattern) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  pcre2_set_max_pattern_length(context.get(), kMaxPattern);
  int code = 0;
  size_t offset = 0;
  Code compiled(pcre2_compile(octets(pattern), pattern.size(), kCompileOptions,
                              &code, &offset, context.get()));
  if (!compiled)
    return Error{Fault::Config, "regex \"" + printable(pattern, 64) +
                                    "\": " + pcre_message(code) + " at octet " +
                                    std::to_string(offset)};
  // Where memory may not be made executable, the interpreter does it.
  pcre2_jit_compile(compiled.get(), PCRE2_JIT_COMPLETE);
  return compiled;
}

// What a match left behind.
class Groups {
 public:
  Groups(std::string_view key, const pcre2_match_data* data)
      : key_(key),
        ends_(pcre2_get_ovector_pointer(const_cast<pcre2_match_data*>(data))),
        count_(pcre2_get_ovector_count(const_cast<pcre2_match_data*>(data))) {}

  std::string_view before() const { return key_.substr(0, ends_[0]); }

  // Nothing if there is no such group or it took no part.
  std::optional<std::string_view> group(size_t number) const {
    if (number >= count_ || ends_[2 * number] == PCRE2_UNSET)
      return std::nullopt;
    const size_t begin = ends_[2 * number];
    const size_t end = ends_[2 * number + 1];
    return key_.substr(begin, end > begin ? end - begin : 0);  // \K may cross
  }

 private:
  std::string_view key_;
  const size_t* ends_;
  uint32_t count_;
};

// $0 to $9; one whose group took no part stays as it is written.
std::string substitute(std::string_view substitution, const Groups& groups) {
  std::string out(groups.before());
  for (size_t i = 0; i < substitution.size(); ++i) {
    const char next = i + 1 < substitution.size() ? substitution[i + 1] : '\0';
    const bool reference = substitution[i] == '$' && next >= '0' && next <= '9';
    const auto group = reference ? groups.group(static_cast<size_t>(next - '0'))
                                 : std::nullopt;
    if (group) {
      out += *group;
      ++i;
    } else {
      out += substitution[i];
    }
  }
  return out;
}

class RegexMap final : public Map {
 public:
  explicit RegexMap(const MapOptions& options)
      : path_(printable(options.argument)),
        delimiter_(options.delimiter),
        context_(make_match_context()) {}

  Status read(std::string_view text) {
    return read_map_lines(path_, text,
                          [this](const LexedLine& line) { return add(line); });
  }

  std::string name() const override { return "regex " + path_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  struct Rule {
    Code code;
    std::string substitution;
    size_t number;  // of the line
  };

  Status add(const LexedLine& line) {
    for (size_t i = 0; i < line.words.size(); i += 2) {
      std::string_view pattern = line.words[i];
      if (pattern.ends_with(':')) pattern.remove_suffix(1);
      auto code = compile(pattern);
      if (!code) return std::move(code).error();
      if (i + 1 == line.words.size())
        warn(line, "regex \"" + printable(pattern) + "\" has no substitution");
      else if (pattern.empty())
        warn(line, "the regex is empty");
      else if (!line.words[i + 1].empty())
        rules_.push_back({std::move(*code), line.words[i + 1], line.number});
    }
    return postern::Done{};
  }

  // Perdition passes over such rules, so its files may hold some.
  void warn(const LexedLine& line, const std::string& what) {
    warnings_.push_back(map_line(path_, line.number) + ": " + what +
                        ", so the rule is off");
  }

  void ask(Loop&, std::string_view key, Done done) override {
    for (const Rule& rule : rules_)
      if (auto answer = try_rule(rule, key)) return done(std::move(*answer));
    done(std::optional<Route>());
  }

  // Nothing if the rule does not match.  What can be neither matched nor ruled
  // out within the limits is trouble: a later rule must not decide instead.
  std::optional<Answer> try_rule(const Rule& rule, std::string_view key) const {
    const MatchData data(
        pcre2_match_data_create_from_pattern(rule.code.get(), nullptr));
    const int rc = pcre2_match(rule.code.get(), octets(key), key.size(), 0, 0,
                               data.get(), context_.get());
    if (rc == PCRE2_ERROR_NOMATCH) return std::nullopt;
    if (rc < 0)
      return Error{Fault::TryLater, pcre_message(rc)}.in(in_line(rule));
    const Groups groups(key, data.get());
    auto route = parse_route(substitute(rule.substitution, groups), delimiter_);
    if (!route) return std::move(route).error().in(in_line(rule));
    return std::optional(std::move(*route));
  }

  static std::string in_line(const Rule& rule) {
    return "line " + std::to_string(rule.number);
  }

  const std::string path_;
  const std::string delimiter_;
  const MatchContext context_;
  std::vector<Rule> rules_;
  std::vector<std::string> warnings_;
};

}  // namespace

MapResult read_regex_map(const MapOptions& options, std::string_view text) {
  auto map = std::make_shared<RegexMap>(options);
  if (const Status read = map->read(text); !read) return Error(read.error());
  return {std::move(map)};
}

MapResult open_regex_map(const MapOptions& options) {
  const auto text = read_file(options.argument, kMaxMapFile);
  if (!text) return Error(text.error()).in("regex");
  return read_regex_map(options, *text);
}

}  // namespace postern
