#include "tests/unit/tls/conversation.h"

#include <stdexcept>

namespace postern {

void Side::feed(std::string_view bytes) {
  const Status fed = engine->feed(bytes, plain, out);
  if (!fed && error.empty()) error = fed.error().text;
}

void Side::write(std::string_view text) {
  const Status written = engine->write(text, out);
  if (!written && error.empty()) error = written.error().text;
}

std::string Side::sent() {
  std::string bytes(out.view());
  out.clear();
  return bytes;
}

namespace {

void carry(Side& from, Side& to, size_t cut) {
  const std::string bytes = from.sent();
  for (size_t at = 0; at < bytes.size(); at += std::min(cut, bytes.size() - at))
    to.feed(std::string_view(bytes).substr(at, cut));
}

}  // namespace

void Pair::settle(size_t cut) {
  while (!client.out.empty() || !server.out.empty()) {
    carry(client, server, cut);
    carry(server, client, cut);
  }
}

std::shared_ptr<const TlsContext> must_make(
    Result<std::shared_ptr<const TlsContext>> made) {
  if (!made) throw std::runtime_error(made.error().text);
  return *made;
}

std::shared_ptr<const TlsContext> make_server(const TestFiles& files,
                                              TlsServerOptions options) {
  if (options.cert_file.empty()) options.cert_file = files.cert_file;
  if (options.key_file.empty()) options.key_file = files.key_file;
  return must_make(TlsContext::server(options));
}

std::shared_ptr<const TlsContext> make_client(const TestFiles& files,
                                              TlsClientOptions options) {
  if (options.ca_file.empty()) options.ca_file = files.ca_file;
  return must_make(TlsContext::client(options));
}

}  // namespace postern
