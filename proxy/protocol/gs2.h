// The GS2 header with which OAUTHBEARER and SCRAM messages begin (RFC 5801
// section 4, RFC 5802 section 7).

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern {

struct Gs2Header {
  // 'n': the client cannot bind channels.  'y': it could, but has not seen us
  // offer it.  'p' is never read: it comes with -PLUS mechanisms only.
  char flag = 'n';
  std::string authzid;    // decoded; empty if not given
  std::string_view rest;  // of the message, behind the header
};

// Nothing if `message` does not begin with one, or binds a channel.
std::optional<Gs2Header> read_gs2(std::string_view message);

// A "saslname": "," and "=" are written =2C and =3D there, and "=" stands for
// nothing else.  Nothing if `text` is not written that way.
std::optional<std::string> decode_saslname(std::string_view text);
std::string encode_saslname(std::string_view name);

}  // namespace postern
