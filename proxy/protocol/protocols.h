// The table of protocols.  Adding one is a folder with a front and a back
// engine, and a row in protocols.cc.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "proxy/protocol/back.h"
#include "proxy/protocol/front.h"

namespace postern {

struct Protocol {
  std::string_view name;     // Perdition's word: "IMAP4", "IMAP4S", "POP3", …
  std::string_view family;   // "imap", "pop3": engine, ALPN and log name
  bool implicit_tls;         // TLS on both sides unless ssl_mode says otherwise
  uint16_t listen_port;      // 143, 993, 110, 995
  uint16_t clear_port;       // of a backend in the clear or by STARTTLS
  uint16_t tls_port;         // of a backend by implicit TLS
  std::string_view alpn;     // RFC 7301 registry name
  std::string_view goodbye;  // what a client says to a backend before it goes
  IdentityDialect identity;  // how proxies tell of their clients in it
  // What the engines are made from must outlive them.
  std::unique_ptr<Front> (*make_front)(const FrontOptions& options);
  std::unique_ptr<Back> (*make_back)(const BackOptions& options,
                                     const Credentials& who);
};

std::span<const Protocol> protocols();

// By name, whatever the case ("imap4s"); nullptr if there is none.
const Protocol* find_protocol(std::string_view name);

}  // namespace postern
