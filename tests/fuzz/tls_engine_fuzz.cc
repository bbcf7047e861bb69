// Whatever a client sends to a TLS port, before any key is agreed on. Property:
// however the stream is cut, the server's verdict is the same.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/require.h"
#include "tests/unit/tls/conversation.h"

using namespace postern;

namespace {

const TlsContext& context() {
  static const auto kContext = [] {
    TlsServerOptions options;
    options.alpn = "imap";
    return make_server(test_files(), options);
  }();
  return *kContext;
}

// Why the server hung up; "" if it still listens.
std::string verdict(std::string_view bytes, size_t cut) {
  Side server(context().make_engine());
  while (!bytes.empty()) {
    server.feed(bytes.substr(0, cut));
    bytes.remove_prefix(std::min(cut, bytes.size()));
  }
  fuzz::require(!server.engine->open() && server.plain.empty(),
                "nobody gets in without a key");
  fuzz::require(server.out.size() < 16384, "answers are bounded");
  const std::string& error = server.error;
  fuzz::require(
      error.empty() || !server.out.empty() || error.starts_with("alert "),
      "who is refused is told so");
  return server.error;
}

}  // namespace

// The first octet says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                               size - 1);
  const size_t cut = data[0] % 64 + size_t{1};
  fuzz::require(verdict(bytes, bytes.size()) == verdict(bytes, cut),
                "the cut makes no difference");
  return 0;
}
