// POP3 (RFC 1939) for a demonstration and the tests, with CAPA and AUTH PLAIN.

#pragma once

#include "tests/sample/client_connection.h"
#include "tests/sample/mail_store.h"

namespace postern::sample {

// Returns when the client has gone.
void serve_pop3(ClientConnection& client, MailStore& store);

}  // namespace postern::sample
