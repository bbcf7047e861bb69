// A server that sends a login to another one: IMAP's login referrals (RFC 2221,
// with the URLs of RFC 5092), and the code that Dovecot has for POP3.  Whether
// to go there is not decided here.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/address.h"

namespace postern {

struct Referral {
  Endpoint where;         // port 0: the protocol's own
  std::string user;       // who is meant; empty: whoever it is
  std::string mechanism;  // to log in with there, or "*"; empty: not said
};

// True for "REFERRAL", and what it may be followed by: a blank and a URL, or a
// slash and a place.
bool is_referral(std::string_view code);

// Octets of "[code]", with which `text` begins, up to its bracket; an IPv6
// address in a referral has brackets of its own.  npos: it has no end.
size_t end_of_code(std::string_view text);

// "REFERRAL imap://user;AUTH=*@host:port/".  Strict: it must name a server and
// nothing on it, or there is no telling where to go.
std::optional<Referral> parse_imap_referral(std::string_view code);

// "REFERRAL/user@host:port"; neither is encoded in any way.
std::optional<Referral> parse_pop3_referral(std::string_view code);

}  // namespace postern
