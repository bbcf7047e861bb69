#include "backends/user_hash.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

std::string_view part(char what, std::string_view user) {
  const size_t at = user.find('@');
  if (what == 'u') return user;
  if (what == 'n') return user.substr(0, at);
  return at == user.npos ? std::string_view() : user.substr(at + 1);
}

Error wrong(std::string_view text, const std::string& why) {
  return {Fault::Config, "\"" + printable(text) + "\": " + why +
                             ", expected %u, %n, %d, each with L or U "
                             "before its letter if wanted"};
}

}  // namespace

UserHash::UserHash() : pieces_{{'u', 'L', {}}} {}

Result<UserHash> UserHash::parse(std::string_view text) {
  UserHash hash;
  hash.pieces_.clear();
  bool varies = false;
  for (size_t i = 0; i < text.size(); ++i) {
    Piece piece;
    if (text[i] == '%') {
      ++i;
      if (i < text.size() && (text[i] == 'L' || text[i] == 'U'))
        piece.letters = text[i++];
      if (i == text.size()) return wrong(text, "ends inside a variable");
      piece.what = text[i];
    }
    if (piece.what == 0 || piece.what == '%')
      piece = {0, 0, std::string(1, text[i])};
    else if (piece.what != 'u' && piece.what != 'n' && piece.what != 'd')
      return wrong(text, "there is no %" + printable(text.substr(i, 1)));
    varies |= piece.what != 0;
    hash.pieces_.push_back(std::move(piece));
  }
  if (!varies) return wrong(text, "is the same for all users");
  return hash;
}

std::string UserHash::key_of(std::string_view user) const {
  std::string key;
  for (const Piece& piece : pieces_) {
    if (piece.what == 0) {
      key += piece.text;
      continue;
    }
    const std::string_view value = part(piece.what, user);
    key += piece.letters == 'L'   ? to_lower(value)
           : piece.letters == 'U' ? to_upper(value)
                                  : std::string(value);
  }
  return key;
}

}  // namespace postern
