// Whatever a client sends to a TLS port, before any key is agreed on, to a
// server with certificates by name. Property: however the stream is cut, the
// server's verdict is the same.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/require.h"
#include "tests/unit/tls/conversation.h"

using namespace postern;

namespace {

// With two names beside the default.
const TemporaryFolder& names() {
  static const TemporaryFolder kFolder;
  static const bool kFilled = [] {
    const std::string text =
        test_files().leaf.certificate_pem() + test_files().leaf.key_pem();
    kFolder.write("imap.example.pem", text);
    kFolder.write("_.mail.example.pem", text);
    return true;
  }();
  fuzz::require(kFilled, "there are names");
  return kFolder;
}

std::shared_ptr<const TlsContext> make_context(bool strict) {
  TlsServerOptions options;
  options.alpn = "imap";
  options.cert_dir = names().path("");
  options.sni_strict = strict;
  return make_server(test_files(), options);
}

const TlsContext& context(bool strict) {
  static const auto kStrict = make_context(true);
  static const auto kLenient = make_context(false);
  return strict ? *kStrict : *kLenient;
}

// Why the server hung up; "" if it still listens.
std::string verdict(std::string_view bytes, bool strict, size_t cut) {
  Side server(context(strict).make_engine());
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

// The first octet says how the rest is cut, and whether names count.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                               size - 1);
  const size_t cut = data[0] % 64 + size_t{1};
  const bool strict = (data[0] & 64) != 0;
  fuzz::require(
      verdict(bytes, strict, bytes.size()) == verdict(bytes, strict, cut),
      "the cut makes no difference");
  return 0;
}
