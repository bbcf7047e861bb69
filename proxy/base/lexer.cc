#include "proxy/base/lexer.h"

#include <optional>
#include <utility>

namespace postern {
namespace {

constexpr size_t kMaxLine = 65536;

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Lexed run() {
    while (at_ < text_.size())
      read_line();
    return std::move(lexed_);
  }

 private:
  void read_line() {
    line_ = {};
    line_.number = number_;
    in_word_ = false;
    gap_.clear();
    start_ = at_;
    const bool good = read_words();
    skip_line();
    if (good && !line_.words.empty()) lexed_.lines.push_back(std::move(line_));
  }

  // Up to the end of the line; false if there was a problem.
  bool read_words() {
    while (!at_end()) {
      if (too_long()) return false;
      const char c = text_[at_++];
      if (c == '#') return comment();
      if (c == ' ' || c == '\t')
        leave_word(c);
      else if (c == '\\')
        escape();
      else if (c != '\'' && c != '"')
        add(c);
      else if (!quoted(c))
        return false;
    }
    return true;
  }

  // To the end of the line; a joined line belongs to it.
  bool comment() {
    while (!at_end()) {
      if (too_long()) return false;
      if (text_[at_++] == '\\') join_or_take();
    }
    return true;
  }

  // Behind the opening quote, to behind the closing one.
  bool quoted(char quote) {
    enter_word();
    while (!at_end()) {
      if (too_long()) return false;
      const char c = text_[at_++];
      if (c == quote) return true;
      if (c == '\\' && quote == '"')
        escape();
      else
        add(c);
    }
    return problem(std::string("the quote ") + quote + " is not closed");
  }

  void escape() {
    if (const auto c = join_or_take()) add(*c);
  }

  // Behind a backslash: the octet it makes ordinary, nothing if it joins two
  // lines.  One that ends the file joins nothing.
  std::optional<char> join_or_take() {
    const size_t size = line_end();
    at_ += size;
    if (size != 0) ++number_;
    if (size != 0 || at_ >= text_.size()) return std::nullopt;
    return text_[at_++];
  }

  void add(char c) {
    enter_word();
    line_.words.back() += c;
    if (line_.words.size() > 1) line_.rest += c;
  }

  void enter_word() {
    if (in_word_) return;
    in_word_ = true;
    line_.words.emplace_back();
    line_.rest += std::exchange(gap_, {});
  }

  // Blanks join the rest of the line only when another word follows.
  void leave_word(char blank) {
    in_word_ = false;
    if (line_.words.size() > 1) gap_ += blank;
  }

  bool at_end() const { return at_ >= text_.size() || line_end() != 0; }

  bool too_long() {
    return at_ - start_ >= kMaxLine &&
           !problem("the line is longer than 65536 octets");
  }

  // Size of the line end at the current place, or 0.
  size_t line_end() const {
    const std::string_view ahead = text_.substr(at_, 2);
    return ahead == "\r\n" ? 2 : ahead.starts_with('\n') ? 1 : 0;
  }

  void skip_line() {
    at_ = text_.find('\n', at_);
    at_ = at_ == std::string_view::npos ? text_.size() : at_ + 1;
    ++number_;
  }

  bool problem(std::string text) {
    lexed_.problems.push_back({number_, std::move(text)});
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t start_ = 0;   // where the logical line began
  size_t number_ = 1;  // of the line being read
  LexedLine line_;
  bool in_word_ = false;
  std::string gap_;
  Lexed lexed_;
};

}  // namespace

Lexed lex(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace postern
