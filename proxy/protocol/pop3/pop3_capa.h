// What a POP3 server lists in answer to CAPA and LANG (RFC 2449, 6856), as
// words: "SASL PLAIN X" becomes "AUTH=PLAIN AUTH=X", "UTF8 USER" becomes
// "UTF8 UTF8=USER", a language "LANG=tag".

#pragma once

#include <string>
#include <string_view>

namespace postern {

// Stands in the words of a server that has answered CAPA with a list.
inline constexpr std::string_view kPop3Listed = "CAPA";

// Adds what one line of CAPA says.
void add_capa_line(std::string_view line, std::string& words);

// Adds what one line of LANG's list says.
void add_language(std::string_view line, std::string& words);

}  // namespace postern
