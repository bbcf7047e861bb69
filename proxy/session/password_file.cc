#include "proxy/session/password_file.h"

#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/file.h"

namespace postern {

Result<Secret> read_password(const std::string& path) {
  constexpr size_t kLongest = 1024;
  auto text = read_file(path, kLongest + 2);
  if (!text) return std::move(text).error();
  std::string& password = *text;
  if (password.ends_with('\n')) password.pop_back();
  if (password.ends_with('\r')) password.pop_back();
  const bool fine = !password.empty() && !has_control(password);
  Secret secret = Secret::take(password);
  if (fine) return secret;
  return Error{Fault::Config, printable(path) + ": expected one line of text"};
}

Result<Secret> read_private_password(const std::string& path) {
  auto password = read_password(path);
  if (!password || !open_to_others(path)) return password;
  return Error{Fault::Config,
               printable(path) +
                   ": everybody on this machine can read or change it, "
                   "expected chmod o="};
}

}  // namespace postern
