#include "proxy/session/back_side.h"

#include <utility>

namespace postern {

uint16_t BackSideOptions::port_for(const Protocol& protocol) const {
  if (port != 0) return port;
  // Not by the protocol's name, as Perdition has it: IMAP4S with ssl_listen
  // speaks plaintext to the backend and would hang on its TLS port.
  return implicit_tls ? protocol.tls_port : protocol.clear_port;
}

Result<std::shared_ptr<const BackSide>> BackSide::open(
    BackSideOptions options, const Protocol& protocol) {
  auto side = std::make_shared<BackSide>();
  if (options.can_tls()) {
    auto context = TlsContext::client(options.tls);
    if (!context) return std::move(context).error();
    side->tls = std::move(*context);
  }
  if (!options.sources.empty())
    side->sources = std::make_shared<SourceAddresses>(options.sources);
  options.port = options.port_for(protocol);
  side->options = std::move(options);
  return std::shared_ptr<const BackSide>(std::move(side));
}

}  // namespace postern
