// The keys of stateless session tickets: made once per process, the same for
// every thread and every context, so that a ticket outlives a reload.

#pragma once

#include <openssl/ssl.h>

namespace postern {

void use_ticket_keys(SSL_CTX* context);

}  // namespace postern
