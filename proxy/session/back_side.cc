#include "proxy/session/back_side.h"

#include <utility>

#include "proxy/session/password_file.h"

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
  if (!options.master_user.empty()) {
    auto password = read_private_password(options.master_password_file);
    if (!password)
      return std::move(password).error().in("master_password_file");
    side->master = std::make_shared<const MasterLogin>(
        MasterLogin{options.master_user, std::move(*password)});
  }
  options.port = options.port_for(protocol);
  side->options = std::move(options);
  return std::shared_ptr<const BackSide>(std::move(side));
}

}  // namespace postern
