#include "proxy/protocol/imap/imap_login.h"

#include <algorithm>
#include <string>

#include "proxy/base/base64.h"
#include "proxy/protocol/back_login.h"
#include "proxy/protocol/imap/imap_capability.h"

namespace postern {
namespace {

using Pieces = std::deque<Secret>;

// LITERAL- allows no more of them unasked.
constexpr size_t kLongestUnasked = 4096;

bool quotable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void add_quoted(std::string_view text, Secret& line) {
  line.append("\"");
  while (!text.empty()) {
    // A piece ends before what must be escaped, which begins the next one.
    const size_t size = std::min(text.find_first_of("\"\\", 1), text.size());
    if (text[0] == '"' || text[0] == '\\') line.append("\\");
    line.append(text.substr(0, size));
    text.remove_prefix(size);
  }
  line.append("\"");
}

void add_string(std::string_view text, std::string_view capabilities,
                Pieces& pieces) {
  if (quotable(text)) return add_quoted(text, pieces.back());
  const bool unasked = has_capability(capabilities, "LITERAL+") ||
                       (has_capability(capabilities, "LITERAL-") &&
                        text.size() <= kLongestUnasked);
  const std::string size = std::to_string(text.size());
  pieces.back().append("{" + size + (unasked ? "+}\r\n" : "}\r\n"));
  if (!unasked) pieces.emplace_back();
  pieces.back().append(text);
}

void add_authenticate(std::string_view mechanism, const Secret& response,
                      std::string_view capabilities, Pieces& pieces) {
  const bool at_once = has_capability(capabilities, "SASL-IR");
  pieces.back().append(" AUTHENTICATE ");
  pieces.back().append(mechanism);
  pieces.back().append(at_once ? " " : "\r\n");
  if (!at_once) pieces.emplace_back();
  pieces.back().append(response.view());
}

// Of a server that has nothing better: the LOGIN of SASL, which has no standard
// but asks for the name, then for the password, whatever its questions say.
void add_sasl_login(const Credentials& who, Pieces& pieces) {
  pieces.back().append(" AUTHENTICATE LOGIN\r\n");
  pieces.emplace_back(base64_encode(who.user) + "\r\n");
  std::string password = base64_encode(who.secret.view());
  pieces.push_back(Secret::take(password));
}

}  // namespace

bool takes_passwords(std::string_view capabilities) {
  return !has_capability(capabilities, "LOGINDISABLED") ||
         has_capability(capabilities, "AUTH=PLAIN") ||
         has_capability(capabilities, "AUTH=LOGIN");
}

Pieces imap_login(std::string_view tag, const Credentials& who,
                  std::string_view capabilities) {
  Pieces pieces;
  pieces.emplace_back(tag);
  if (const Mechanism* relayed = relayed_mechanism(who)) {
    add_authenticate(relayed->name, relayed_message(*relayed, who),
                     capabilities, pieces);
  } else if (has_capability(capabilities, "AUTH=PLAIN")) {
    add_authenticate("PLAIN", plain_response(who), capabilities, pieces);
  } else if (has_capability(capabilities, "LOGINDISABLED")) {
    add_sasl_login(who, pieces);
  } else {
    pieces.back().append(" LOGIN ");
    add_string(who.user, capabilities, pieces);
    pieces.back().append(" ");
    add_string(who.secret.view(), capabilities, pieces);
  }
  pieces.back().append("\r\n");
  return pieces;
}

}  // namespace postern
