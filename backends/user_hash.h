// What of a user's name counts when a pool chooses: the template `user_hash`,
// in the words of Dovecot's director_username_hash.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"

namespace postern {

// %u the whole name, %n the part before the first @, %d the one after it, %%
// a percent sign; L between makes it lower case, U upper case (ASCII).
class UserHash {
 public:
  // %Lu
  UserHash();
  // Fault::Config says what is wrong with the template.
  static Result<UserHash> parse(std::string_view text);

  // Names with the same key are the same user, as far as pools are concerned:
  // with %d everybody of a domain.
  std::string key_of(std::string_view user) const;

 private:
  struct Piece {
    char what = 0;     // 'u', 'n', 'd'; 0: text
    char letters = 0;  // 'L', 'U'; 0: as they are
    std::string text;
  };

  std::vector<Piece> pieces_;
};

}  // namespace postern
