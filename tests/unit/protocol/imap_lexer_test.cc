#include "proxy/protocol/imap/imap_lexer.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using namespace postern;

namespace {

using Token = ImapLexer::Token;

// Every token in a notation of its own, e.g. `tag=a atom=LOGIN end`.
std::string tokens_of(std::string_view octets, size_t step,
                      ImapLexer::Limits limits = {100, 10, 20}) {
  ImapLexer lexer(limits);
  LineBuffer in(1000);
  std::string seen;
  for (size_t at = 0; at < octets.size(); at += step) {
    in.append(octets.substr(at, step));
    for (Token token; (token = lexer.next(in)) != Token::More;) {
      const std::string text(lexer.text());
      switch (token) {
        case Token::Tag:
          seen += "tag=" + text;
          break;
        case Token::Atom:
          seen += "atom=" + text;
          break;
        case Token::String:
          seen += "string=" + text;
          break;
        case Token::Open:
          seen += "(";
          break;
        case Token::Close:
          seen += ")";
          break;
        case Token::Ask:
          seen += "ask";
          break;
        case Token::End:
          seen += "end" + std::string(lexer.problem());
          break;
        case Token::TooLong:
          return seen + std::string(lexer.problem());
        case Token::More:
          break;
      }
      seen += ' ';
    }
  }
  return seen;
}

void check(std::string_view octets, std::string_view tokens) {
  for (const size_t step : {octets.size(), size_t{1}, size_t{2}, size_t{5}})
    CHECK(tokens_of(octets, step) == tokens);
}

}  // namespace

TEST_CASE("words, quoted strings, lists and literals") {
  check("a LOGIN u \"p\\\"\"\r\n", "tag=a atom=LOGIN atom=u string=p\" end ");
  check("a X (\"k\" NIL)\r\n", "tag=a atom=X ( string=k atom=NIL ) end ");
  check("a X {3}\r\nabc {2+}\r\n\r\n {0}\r\n\n",
        "tag=a atom=X ask string=abc string=\r\n ask string= end ");
}

TEST_CASE("each command begins anew") {
  check("a \"x\r\nb Y\r\n",
        "tag=a endUnfinished quoted string. "
        "tag=b atom=Y end ");
  check("* X\r\nb Y\n", "endInvalid tag. tag=b atom=Y end ");
}

TEST_CASE("a literal behind something broken is not a command") {
  check("a X (( ]{4+}\r\nb Z\n\r\nc Y\r\n",
        "tag=a atom=X ( ( atom=] endBlank missing between arguments. "
        "tag=c atom=Y end ");
  check("* {4+}\r\nb Z\n{4}\r\nc Y\r\n", "endInvalid tag. tag=c atom=Y end ");
}

TEST_CASE("limits of line and literal") {
  check("a {21}\r\nb Y\r\n", "tag=a endLiteral is too long. tag=b atom=Y end ");
  check("a {21+}\r\nb Y\r\n", "tag=a Literal is too long.");
  check("a " + std::string(99, ' ') + "\r\n", "tag=a Command is too long.");
  check("a " + std::string(98, ' ') + "\r\n", "tag=a end ");
}

TEST_CASE("allow() lets a command be longer, but counts its literals") {
  LineBuffer in(1000);
  ImapLexer lexer({10, 10, 20});
  in.append("a X {5+}\r\n12345 {5+}\r\n12345 {5+}\r\n");
  CHECK(lexer.next(in) == Token::Tag);
  lexer.allow(30);
  CHECK(lexer.next(in) == Token::Atom);
  CHECK(lexer.next(in) == Token::String);
  CHECK(lexer.next(in) == Token::String);
  CHECK(lexer.next(in) == Token::TooLong);
}

TEST_CASE("skip() keeps nothing and finds the end") {
  LineBuffer in(1000);
  ImapLexer lexer({100, 10, 20});
  in.append("a LOGIN u {3+}\r\npw1 {3}\r\nb Y\r\n");
  CHECK(lexer.next(in) == Token::Tag);
  CHECK(lexer.next(in) == Token::Atom);
  lexer.skip();
  CHECK(lexer.next(in) == Token::End);
  CHECK(lexer.problem().empty());
  CHECK(lexer.text().empty());
  CHECK(lexer.next(in) == Token::Tag);
  CHECK(lexer.text() == "b");
}
