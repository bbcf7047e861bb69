// The certificate authorities that the system trusts.

#pragma once

#include "proxy/tls/openssl_types.h"

namespace postern {

// They are read once, which takes some tens of milliseconds, and again only
// when their file has changed: a site may have hundreds of services.  Shared:
// nothing may be added to it or set on it.  Thread-safe.
StorePtr system_trust();

}  // namespace postern
