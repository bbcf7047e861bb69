// IMAP4rev1 as spoken to the mail client, from greeting to login (RFC 3501,
// with 2971 ID, 4959 SASL-IR, 5530 response codes, 7888 LITERAL-).

#pragma once

#include <memory>

#include "proxy/protocol/front.h"

namespace postern {

// `options` must outlive the engine.
std::unique_ptr<Front> make_imap_front(const FrontOptions& options);

}  // namespace postern
