// IMAP4rev1 as spoken to the mail server, from its greeting to its verdict
// (RFC 3501, with 4959 SASL-IR, 5530 response codes, 7888 LITERAL+/LITERAL-).

#pragma once

#include <memory>

#include "proxy/protocol/back.h"

namespace postern {

// `options` and `who` must outlive the engine.
std::unique_ptr<Back> make_imap_back(const BackOptions& options,
                                     const Credentials& who);

}  // namespace postern
