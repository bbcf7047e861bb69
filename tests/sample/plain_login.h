// SASL PLAIN (RFC 4616), the same for IMAP and POP3.

#pragma once

#include <string>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "tests/sample/mail_store.h"

namespace postern::sample {

// nullptr if the response is not sound, or the login is wrong.
inline Mailbox* plain_login(MailStore& store, std::string_view response) {
  const auto decoded = base64_decode(response);
  if (!decoded) return nullptr;
  const auto parts = split(decoded->view(), '\0');
  return parts.size() == 3 ? store.log_in(parts[1], parts[2]) : nullptr;
}

}  // namespace postern::sample
