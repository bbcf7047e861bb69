#include "proxy/protocol/imap/imap_lexer.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

using Token = ImapLexer::Token;

constexpr std::string_view kBadLiteral = "Malformed literal.";

bool is_line_end(char c) {
  return c == '\r' || c == '\n';
}

// More than RFC 3501 has in atoms (% * \ are not), because passwords are sent
// as such; nothing that could be another token or break a line.
bool is_atom(char c) {
  return c > ' ' && c <= '~' && c != '(' && c != ')' && c != '{' && c != '"';
}

bool is_tag(char c) {
  return is_atom(c) && c != '%' && c != '*' && c != '\\' && c != '+';
}

}  // namespace

void ImapLexer::begin() {
  state_ = State::Tag;
  ended_ = skipping_ = after_cr_ = literals_count_ = false;
  limit_ = limits_.line + 2;  // its CRLF
  spent_ = 0;
  literal_left_ = 0;
  text_.clear();
  wipe(tail_);
  problem_ = {};
}

void ImapLexer::skip() {
  skipping_ = true;
  text_.clear();
}

void ImapLexer::allow(size_t octets) {
  limit_ = octets;
  literals_count_ = true;
}

void ImapLexer::fail(std::string_view problem) {
  if (problem_.empty()) problem_ = problem;
  skip();
}

Token ImapLexer::end() {
  ended_ = true;
  return Token::End;
}

Token ImapLexer::next(LineBuffer& in) {
  if (ended_) begin();
  while (!in.empty()) {
    if (state_ == State::Literal) {
      const Token token = on_literal(in);
      if (token != Token::More) return token;
      continue;
    }
    const char c = in.peek().front();
    // A word ends before the octet that ends it, which is looked at again.
    if (!skipping_ && ends_word(c)) {
      const Token token = finish_word();
      if (token != Token::More) return token;
      continue;
    }
    in.take(1);
    if (++spent_ > limit_) {
      problem_ = "Command is too long.";
      return Token::TooLong;
    }
    const Token token = on_octet(c);
    if (token != Token::More) return token;
  }
  return Token::More;
}

// A tag goes on up to a blank, so that no part of a bad one is ever echoed.
bool ImapLexer::ends_word(char c) const {
  if (state_ == State::Tag) return c == ' ' || is_line_end(c);
  return state_ == State::Atom && !is_atom(c);
}

Token ImapLexer::finish_word() {
  const bool tag = state_ == State::Tag;
  state_ = State::Between;
  if (!tag) return Token::Atom;
  const bool valid = !text().empty() && text().size() <= limits_.tag &&
                     std::ranges::all_of(text(), is_tag);
  if (valid) return Token::Tag;
  fail("Invalid tag.");
  return Token::More;
}

Token ImapLexer::on_octet(char c) {
  watch_tail(c);
  if (c == '\n') return on_line_end();
  if (after_cr_) fail("CR without LF.");
  after_cr_ = c == '\r';
  if (skipping_ || after_cr_) return Token::More;
  switch (state_) {
    case State::Tag:
    case State::Atom:
      text_.append({&c, 1});
      if (state_ == State::Tag && text_.size() > limits_.tag)
        fail("Invalid tag.");
      return Token::More;
    case State::Between:
      if (c == ')') return Token::Close;
      state_ = State::Start;
      if (c != ' ') fail("Blank missing between arguments.");
      return Token::More;
    case State::Start:
      return begin_token(c);
    case State::Quoted:
    case State::Escape:
      return on_quoted(c);
    case State::Size:  // watch_tail() reads it
      if (c == '{' || tail_.empty()) fail(kBadLiteral);
      return Token::More;
    case State::Literal:
      break;  // on_literal() reads it
  }
  return Token::More;
}

Token ImapLexer::begin_token(char c) {
  text_.clear();
  if (c == '(') return Token::Open;
  if (c == ')') {
    state_ = State::Between;
    return Token::Close;
  }
  if (c == '"') {
    state_ = State::Quoted;
  } else if (c == '{') {
    state_ = State::Size;
  } else if (is_atom(c)) {
    state_ = State::Atom;
    text_.append({&c, 1});
  } else if (c != ' ') {
    fail("Invalid character.");
  }
  return Token::More;
}

Token ImapLexer::on_quoted(char c) {
  const bool special = c == '"' || c == '\\';
  if (state_ == State::Escape) {
    if (!special) fail("Invalid escape in quoted string.");
    state_ = State::Quoted;
    text_.append({&c, 1});
  } else if (c == '"') {
    state_ = State::Between;
    return Token::String;
  } else if (c == '\\') {
    state_ = State::Escape;
  } else if (c == '\0') {
    fail("NUL in quoted string.");
  } else {
    text_.append({&c, 1});
  }
  return Token::More;
}

Token ImapLexer::on_line_end() {
  after_cr_ = false;
  const auto literal = announced();
  wipe(tail_);
  if (state_ == State::Size && !literal) fail(kBadLiteral);
  if (state_ == State::Quoted || state_ == State::Escape)
    fail("Unfinished quoted string.");
  if (!literal) return end();
  if (!literal->size) {
    fail("Literal is too long.");
    return literal->waits ? end() : Token::TooLong;
  }
  if (literal->waits && skipping_) return end();
  if (literals_count_) spent_ += *literal->size;
  state_ = State::Literal;
  literal_left_ = *literal->size;
  text_.clear();
  return literal->waits ? Token::Ask : Token::More;
}

Token ImapLexer::on_literal(LineBuffer& in) {
  const std::string_view bytes = in.take(
      static_cast<size_t>(std::min<uint64_t>(literal_left_, in.held())));
  literal_left_ -= bytes.size();
  // RFC 3501: CHAR8 is anything but NUL.  Servers that took it as the end of
  // the name logged in somebody else (CVE-2019-11500).
  if (bytes.find('\0') != std::string_view::npos) fail("NUL in literal.");
  if (!skipping_) text_.append(bytes);
  if (literal_left_ > 0) return Token::More;
  state_ = State::Between;
  return skipping_ ? Token::More : Token::String;
}

void ImapLexer::watch_tail(char c) {
  const bool digit = c >= '0' && c <= '9';
  if (c == '{')
    tail_ = c;
  else if (!tail_.empty() && (digit || c == '+' || c == '}' || c == '\r'))
    tail_ += c;
  else if (!tail_.empty() && c != '\n')
    wipe(tail_);
}

std::optional<ImapLexer::Announced> ImapLexer::announced() const {
  std::string_view text = tail_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (!text.starts_with('{') || !text.ends_with('}')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  const bool waits = !text.ends_with('+');
  if (!waits) text.remove_suffix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos)
    return std::nullopt;
  return Announced{parse_number(text, limits_.literal), waits};
}

}  // namespace postern
