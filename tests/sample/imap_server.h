// As much of IMAP4rev1 (RFC 3501) as a demonstration and the tests need: one
// mailbox, INBOX, without flags or searches.

#pragma once

#include "tests/sample/client_connection.h"
#include "tests/sample/mail_store.h"

namespace postern::sample {

// Returns when the client has gone.
void serve_imap(ClientConnection& client, MailStore& store);

}  // namespace postern::sample
