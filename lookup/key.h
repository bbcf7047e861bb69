// What is asked of a map: by default the user name, or the formats of
// Perdition's `query_key` (\U \u \d \D \i \p \I \P \\).

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/address.h"
#include "proxy/base/result.h"

namespace postern {

// Everything a key may be made of.
struct Question {
  std::string user;  // canonicalised for the lookup (state servername_lookup)
  Address client;    // \i \p
  Address local;     // \I \P
};

// Fault::Config names an unknown escape.
Status check_key_format(std::string_view format);

// `format` has been checked.  `delimiter` is the service's domain_delimiter.
// A user without a domain is all \u and has an empty \d.
std::string make_key(std::string_view format, const Question& question,
                     std::string_view delimiter);

// Where the last delimiter begins, or npos; an empty delimiter is nowhere.
size_t find_last(std::string_view text, std::string_view delimiter);

}  // namespace postern
