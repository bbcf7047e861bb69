#include "proxy/protocol/back_login.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"

namespace postern {
namespace {

// As it is and as it stands in a quoted string look the same without them.
std::string without_backslashes(std::string_view text) {
  std::string kept(text.size(), '\0');
  const auto end =
      std::remove_copy(text.begin(), text.end(), kept.begin(), '\\');
  kept.resize(static_cast<size_t>(end - kept.begin()));
  return kept;
}

bool holds_password(std::string_view line, std::string_view password) {
  std::string where = without_backslashes(line);
  std::string what = without_backslashes(password);
  const bool held = where.find(what) != where.npos;
  wipe(where);
  wipe(what);
  return held;
}

}  // namespace

Secret plain_response(const Credentials& who) {
  constexpr std::string_view kNul("\0", 1);
  Secret message(kNul);
  message.append(who.user);
  message.append(kNul);
  message.append(who.secret.view());
  std::string base64 = base64_encode(message.view());
  return Secret::take(base64);
}

std::string quoted_reply(std::string_view line, const Credentials& who) {
  const bool tells = holds_password(line, who.secret.view()) ||
                     line.find(plain_response(who).view()) != line.npos;
  return tells ? "a reply that repeats the password" : printable(line);
}

}  // namespace postern
