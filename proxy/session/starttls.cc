#include "proxy/session/starttls.h"

namespace postern {

void start_front_tls(Transport& client, const Service& service) {
  client.start_tls(service.front_tls->make_engine());
}

void start_back_tls(Transport& backend, const BackSide& side,
                    const Endpoint& where) {
  backend.start_tls(side.tls->make_engine(where));
}

}  // namespace postern
