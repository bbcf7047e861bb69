#include "proxy/protocol/imap/imap_command.h"

namespace postern {

using Event = ImapCommand::Event;
using Token = ImapLexer::Token;

void ImapCommand::expect(size_t least, size_t most) {
  least_ = least;
  most_ = most;
}

void ImapCommand::expect_id(size_t octets) {
  shape_ = Shape::Id;
  lexer_.allow(octets);
}

void ImapCommand::skip() {
  shape_ = Shape::Anything;
  lexer_.skip();
}

void ImapCommand::refuse(std::string_view why) {
  if (problem_.empty()) problem_ = why;
  skip();
}

void ImapCommand::forget() {
  lexer_.begin();
  tag_.clear();
  name_.clear();
  arguments_.clear();
  problem_ = {};
  complete_ = false;
  shape_ = Shape::Strings;
  least_ = most_ = 0;
  id_ = {};
}

Event ImapCommand::next(LineBuffer& in) {
  if (complete_) forget();
  for (;;) {
    const Token token = lexer_.next(in);
    if (token == Token::More) return Event::More;
    const Event event = on_token(token);
    if (event != Event::More) return event;
  }
}

Event ImapCommand::on_token(Token token) {
  switch (token) {
    case Token::Tag:
      tag_ = lexer_.text();
      return Event::More;
    case Token::Ask:
      return on_ask();
    case Token::End:
      return on_end();
    case Token::TooLong:
      return Event::Lost;
    default:
      break;
  }
  if (!name_.empty()) return on_argument(token);
  if (token == Token::Atom) {
    name_ = lexer_.text();
    return Event::Named;
  }
  refuse("Command name is missing.");
  return Event::More;
}

Event ImapCommand::on_argument(Token token) {
  if (shape_ == Shape::Id) {
    const std::string_view problem = id_.take(token, lexer_.text());
    if (!problem.empty()) refuse(problem);
  } else if (token == Token::Open || token == Token::Close) {
    refuse("No list is expected here.");
  } else if (arguments_.size() == most_) {
    refuse("Too many arguments.");
  } else {
    arguments_.push_back(lexer_.take_text());
    return Event::Argument;
  }
  return Event::More;
}

// A literal nobody wants is not asked for, which ends the command.
Event ImapCommand::on_ask() {
  const bool wanted =
      !name_.empty() && (shape_ == Shape::Id || arguments_.size() < most_);
  if (wanted) return Event::Ask;
  refuse("No literal is expected here.");
  return on_end();
}

Event ImapCommand::on_end() {
  if (problem_.empty()) problem_ = lexer_.problem();
  if (problem_.empty() && name_.empty()) problem_ = "Command is missing.";
  if (problem_.empty() && shape_ == Shape::Id && !id_.complete())
    problem_ = "Malformed ID.";
  if (problem_.empty() && shape_ == Shape::Strings &&
      arguments_.size() < least_)
    problem_ = "Arguments are missing.";
  if (!problem_.empty()) arguments_.clear();
  complete_ = true;
  lexer_.begin();
  return Event::Complete;
}

}  // namespace postern
