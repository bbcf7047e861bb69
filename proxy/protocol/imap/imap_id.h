// The arguments of ID (RFC 2971), looked at as they pass and never kept: 30
// fields of 1024 octets are legal before anybody has logged in.

#pragma once

#include <string_view>

#include "proxy/protocol/imap/imap_lexer.h"

namespace postern {

class ImapId {
 public:
  // Why `token` has no place here, or empty.
  std::string_view take(ImapLexer::Token token, std::string_view text);

  // A whole list, or NIL, and nothing behind it.
  bool complete() const { return at_ == At::Behind; }

 private:
  enum class At { List, Name, Value, Behind };

  std::string_view on_list(ImapLexer::Token token, std::string_view text);
  std::string_view on_name(ImapLexer::Token token, std::string_view text);
  std::string_view on_value(ImapLexer::Token token, std::string_view text);

  At at_ = At::List;
  int fields_ = 0;
};

}  // namespace postern
