// Both ends of TLS in memory: a handshake, a resumed one, and bulk both ways.
// Client and server are in it together; the allocations, too.

#include <cstdlib>
#include <string>

#include "proxy/tls/context.h"
#include "tests/bench/micro.h"
#include "tests/unit/tls/issued.h"

using namespace postern;

namespace {

void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "handshake_bench: %s\n", status.error().text.c_str());
  std::exit(1);
}

std::shared_ptr<const TlsContext> must(
    Result<std::shared_ptr<const TlsContext>> made) {
  if (!made) must(Status(std::move(made).error()));
  return *made;
}

struct Ends {
  std::unique_ptr<TlsEngine> server;
  std::unique_ptr<TlsEngine> client;
  Buffer to_server;
  Buffer to_client;
  Buffer plain;

  Ends(const TlsContext& serving, const TlsContext& asking)
      : server(serving.make_engine()),
        client(asking.make_engine({"mail.example", 0})) {
    must(client->start(to_server));
    while (!to_server.empty() || !to_client.empty()) {
      pump(*server, to_server, to_client);
      pump(*client, to_client, to_server);
    }
  }

  void pump(TlsEngine& to, Buffer& in, Buffer& out) {
    if (in.empty()) return;
    must(to.feed(in.view(), plain, out));
    in.clear();
    plain.clear();
  }
};

void bulk(const bench::Micro& micro, const char* name, Ends& ends,
          bool download) {
  constexpr size_t kSize = size_t{256} << 10;
  const std::string bytes(kSize, 'x');
  TlsEngine& from = download ? *ends.server : *ends.client;
  TlsEngine& to = download ? *ends.client : *ends.server;
  Buffer wire;
  Buffer back;
  micro.measure(
      name, 200,
      [&] {
        must(from.write(bytes, wire));
        ends.pump(to, wire, back);
        back.clear();
      },
      kSize / 1024.0);
}

}  // namespace

int main(int count, char** words) {
  const bench::Micro micro(count, words);
  const TestFiles& files = test_files();
  TlsServerOptions serving;
  serving.cert_file = files.cert_file;
  serving.key_file = files.key_file;
  TlsClientOptions asking;
  asking.ca_file = files.ca_file;
  const auto server = must(TlsContext::server(serving));
  const auto client = must(TlsContext::client(asking));

  micro.measure("a full handshake, both ends", 100,
                [&] { const Ends ends(*server, *client); });
  Ends ends(*server, *client);
  bulk(micro, "1 KiB from server to client, both ends", ends, true);
  bulk(micro, "1 KiB from client to server, both ends", ends, false);
}
