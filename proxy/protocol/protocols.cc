#include "proxy/protocol/protocols.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/protocol/imap/imap_back.h"
#include "proxy/protocol/imap/imap_front.h"
#include "proxy/protocol/pop3/pop3_back.h"
#include "proxy/protocol/pop3/pop3_front.h"

namespace postern {
namespace {

constexpr std::string_view kLogout = "Q LOGOUT\r\n";
constexpr std::string_view kQuit = "QUIT\r\n";

constexpr Protocol kProtocols[] = {
    {"IMAP4", "imap", false, 143, 143, 993, "imap", kLogout,
     IdentityDialect::Id, make_imap_front, make_imap_back},
    {"IMAP4S", "imap", true, 993, 143, 993, "imap", kLogout,
     IdentityDialect::Id, make_imap_front, make_imap_back},
    {"POP3", "pop3", false, 110, 110, 995, "pop3", kQuit,
     IdentityDialect::Xclient, make_pop3_front, make_pop3_back},
    {"POP3S", "pop3", true, 995, 110, 995, "pop3", kQuit,
     IdentityDialect::Xclient, make_pop3_front, make_pop3_back},
};

}  // namespace

std::span<const Protocol> protocols() {
  return kProtocols;
}

const Protocol* find_protocol(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kProtocols,
      [&](const Protocol& protocol) { return same_text(protocol.name, name); });
  return found == std::end(kProtocols) ? nullptr : found;
}

}  // namespace postern
