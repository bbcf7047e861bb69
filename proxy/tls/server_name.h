// The name a client asks for (SNI, RFC 6066 section 3), before anything is done
// with it.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace postern {

// A host name in lower case without a dot at its end; nothing if it is none:
// letters, digits, '-' and '_' in labels of up to 63, 253 octets in all.  What
// comes out of here is safe as the name of a file.
std::optional<std::string> clean_host_name(std::string_view name);

// "*.example.org" for "mail.example.org"; empty for a name of one label.
std::string wildcard_for(std::string_view clean_name);

// As the client sent it, from inside the callback for its hello; empty if there
// is none.
std::string_view server_name_of_hello(SSL* ssl);

}  // namespace postern
