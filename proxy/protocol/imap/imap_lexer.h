// Cuts what an IMAP client sends into the tokens of its commands (RFC 3501
// section 9, RFC 7888), octet by octet, so that it makes no difference how the
// network cut it and nothing is held but the token being read.
//
// A line whose end announces a literal is followed by that literal, whatever
// else is wrong with the line: a literal's octets never become a command.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/base/secret.h"
#include "proxy/protocol/line_buffer.h"

namespace postern {

class ImapLexer {
 public:
  enum class Token {
    More,     // all is taken and the command goes on
    Tag,      // text(); the first of every command that has a valid one
    Atom,     // text()
    String,   // text(): quoted, or a literal
    Open,     // (
    Close,    // )
    Ask,      // the client waits to be asked ("+ …") for its next literal
    End,      // of the command; problem() tells what was wrong with it
    TooLong,  // as problem() says; what follows cannot be understood any more
  };

  struct Limits {
    size_t line;     // octets of a command, literals apart
    size_t tag;      // octets
    size_t literal;  // octets of each
  };

  explicit ImapLexer(Limits limits) : limits_(limits) { begin(); }
  ~ImapLexer() { wipe(tail_); }
  ImapLexer(const ImapLexer&) = delete;
  ImapLexer& operator=(const ImapLexer&) = delete;

  Token next(LineBuffer& in);

  // Of the last Tag, Atom or String, until next().
  std::string_view text() const { return text_.view(); }
  Secret take_text() { return std::move(text_); }

  // Only looks for the end of this command from here on, keeping nothing.  A
  // literal that waits to be asked for ends it.
  void skip();

  // This command may have so many octets, literals included.
  void allow(size_t octets);

  // Why the command is none, in words for its sender; empty if it is one.
  std::string_view problem() const { return problem_; }

  // As if nothing had been read yet.
  void begin();

 private:
  enum class State { Tag, Between, Start, Atom, Quoted, Escape, Size, Literal };

  struct Announced {
    std::optional<uint64_t> size;  // nothing: more than is allowed
    bool waits = false;            // to be asked for it: {n} rather than {n+}
  };

  Token on_octet(char c);
  bool ends_word(char c) const;
  Token finish_word();
  Token begin_token(char c);
  Token on_quoted(char c);
  Token on_line_end();
  Token on_literal(LineBuffer& in);
  Token end();
  void fail(std::string_view problem);
  void watch_tail(char c);
  std::optional<Announced> announced() const;

  const Limits limits_;
  State state_ = State::Tag;
  bool ended_ = false;
  bool skipping_ = false;
  bool after_cr_ = false;
  size_t limit_ = 0;
  size_t spent_ = 0;
  bool literals_count_ = false;
  uint64_t literal_left_ = 0;
  Secret text_;
  std::string tail_;  // of the line, from its last '{' if it may be a literal's
  std::string_view problem_;
};

}  // namespace postern
