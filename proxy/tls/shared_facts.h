// What TLS agreed on, kept once for all who agreed on the same.  Most clients
// of a site do, and each session keeps it for its log line at the end.

#pragma once

#include <memory>

#include "proxy/tls/engine.h"

namespace postern {

// A value that never changes, cheap to copy and to keep.
class SharedFacts {
 public:
  SharedFacts() = default;  // no TLS
  explicit SharedFacts(TlsFacts facts);

  const TlsFacts& operator*() const;
  const TlsFacts* operator->() const { return &**this; }

 private:
  std::shared_ptr<const TlsFacts> facts_;  // null: no TLS
};

}  // namespace postern
