#include "proxy/protocol/imap/imap_id.h"

#include "proxy/base/ascii.h"

namespace postern {
namespace {

using Token = ImapLexer::Token;

// RFC 2971 section 3.3.
constexpr int kMostFields = 30;
constexpr size_t kLongestName = 30;
constexpr size_t kLongestValue = 1024;

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
  if (fields_ == kMostFields) return "Too many ID fields.";
  if (text.size() > kLongestName) return "ID field name is too long.";
  at_ = At::Value;
  return {};
}

std::string_view ImapId::on_value(Token token, std::string_view text) {
  if (!is_string(token)) return kMalformed;
  if (text.size() > kLongestValue) return "ID field value is too long.";
  ++fields_;
  at_ = At::Name;
  return {};
}

}  // namespace postern
