// The arguments of ID (RFC 2971), looked at as they pass: 30 fields of 1024
// octets are legal before anybody has logged in, but only what is worth passing
// on is kept.

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/identity.h"
#include "proxy/protocol/imap/imap_lexer.h"

namespace postern {

// RFC 2971 section 3.3.
inline constexpr size_t kMostIdFields = 30;
inline constexpr size_t kLongestIdName = 30;
inline constexpr size_t kLongestIdValue = 1024;

class ImapId {
 public:
  // Why `token` has no place here, or empty.
  std::string_view take(ImapLexer::Token token, std::string_view text);

  // A whole list, or NIL, and nothing behind it.
  bool complete() const { return at_ == At::Behind; }

  // At most 4096 octets of what mail programs say of themselves, and all that
  // only proxies may say ("x-…"), as far as it is short.
  const IdFields& fields() const { return fields_; }

 private:
  enum class At { List, Name, Value, Behind };

  std::string_view on_list(ImapLexer::Token token, std::string_view text);
  std::string_view on_name(ImapLexer::Token token, std::string_view text);
  std::string_view on_value(ImapLexer::Token token, std::string_view text);
  bool worth_keeping(std::string_view value);

  At at_ = At::List;
  size_t count_ = 0;
  std::string name_;
  IdFields fields_;
  size_t kept_ = 0;  // octets in fields_ that are no proxy's
};

}  // namespace postern
