#include "proxy/protocol/imap/imap_id.h"

#include <utility>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

using Token = ImapLexer::Token;

constexpr size_t kMostKept = 4096;
// Of a value that only proxies may say: a host name is the longest.
constexpr size_t kLongestTold = 256;

constexpr std::string_view kMalformed = "Malformed ID.";

bool is_string(Token token) {
  return token == Token::Atom || token == Token::String;
}

}  // namespace

std::string_view ImapId::take(Token token, std::string_view text) {
  switch (at_) {
    case At::List:
      return on_list(token, text);
    case At::Name:
      return on_name(token, text);
    case At::Value:
      return on_value(token, text);
    case At::Behind:
      break;
  }
  return kMalformed;
}

std::string_view ImapId::on_list(Token token, std::string_view text) {
  const bool nil = token == Token::Atom && same_text(text, "NIL");
  if (!nil && token != Token::Open) return kMalformed;
  at_ = nil ? At::Behind : At::Name;
  return {};
}

std::string_view ImapId::on_name(Token token, std::string_view text) {
  if (token == Token::Close) {
    at_ = At::Behind;
    return {};
  }
  if (!is_string(token)) return kMalformed;
  if (count_ == kMostIdFields) return "Too many ID fields.";
  if (text.size() > kLongestIdName) return "ID field name is too long.";
  name_ = text;
  at_ = At::Value;
  return {};
}

std::string_view ImapId::on_value(Token token, std::string_view text) {
  if (!is_string(token)) return kMalformed;
  if (text.size() > kLongestIdValue) return "ID field value is too long.";
  ++count_;
  at_ = At::Name;
  if (!worth_keeping(text)) return {};
  IdField& field = fields_.emplace_back();
  field.name = std::move(name_);
  if (token != Token::Atom || !same_text(text, "NIL")) field.value = text;
  return {};
}

bool ImapId::worth_keeping(std::string_view value) {
  if (is_identity_key(IdentityDialect::Id, name_))
    return value.size() <= kLongestTold;
  const size_t size = name_.size() + value.size();
  if (kept_ + size > kMostKept) return false;
  kept_ += size;
  return true;
}

}  // namespace postern
