// One command of an IMAP client after the other: its tag, its name, and those
// arguments somebody asked for.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/imap/imap_id.h"
#include "proxy/protocol/imap/imap_lexer.h"

namespace postern {

// Owned by its front engine.  Arguments may be passwords: they are Secrets, and
// gone with forget().
class ImapCommand {
 public:
  enum class Event {
    More,   // all is taken and the command goes on
    Named,  // name() is known: call expect(), expect_id(), refuse() or skip()
    Argument,  // one more of arguments(), while the command goes on
    Ask,       // send "+ …": the client waits to be asked for a literal
    Complete,  // to be answered; with a problem() it must be refused
    Lost,      // as loss() says; what follows cannot be understood any more
  };

  explicit ImapCommand(ImapLexer::Limits limits) : lexer_(limits) {}

  Event next(LineBuffer& in);

  // How many arguments the command has.
  void expect(size_t least, size_t most);
  // It may have so many octets, literals included.
  void allow(size_t octets) { lexer_.allow(octets); }
  // It is ID and may have so many octets.
  void expect_id(size_t octets);
  // It will be refused for this reason, whatever is still to come of it.
  void refuse(std::string_view why);
  // Its arguments are of no interest, not even whether they are well-formed.
  void skip();

  // Empty if the client sent none that may be repeated to it.
  const std::string& tag() const { return tag_; }
  std::string_view name() const { return name_; }
  std::vector<Secret>& arguments() { return arguments_; }
  const ImapId& id() const { return id_; }  // of ID
  std::string_view problem() const { return problem_; }
  std::string_view loss() const { return lexer_.problem(); }

  // Forgets it, and any half of the next one.
  void forget();

 private:
  enum class Shape { Strings, Id, Anything };

  Event on_token(ImapLexer::Token token);
  Event on_ask();
  Event on_end();
  Event on_argument(ImapLexer::Token token);

  ImapLexer lexer_;
  std::string tag_;
  std::string name_;
  std::vector<Secret> arguments_;
  std::string_view problem_;
  bool complete_ = false;
  Shape shape_ = Shape::Strings;
  size_t least_ = 0;
  size_t most_ = 0;
  ImapId id_;
};

}  // namespace postern
