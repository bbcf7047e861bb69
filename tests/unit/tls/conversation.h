// Two engines that talk through memory.

#pragma once

#include <memory>
#include <string>

#include "proxy/tls/context.h"
#include "tests/unit/tls/issued.h"

namespace postern {

// One end: an engine, what it has to send, what it has received in plaintext
// and how it ended.
struct Side {
  explicit Side(std::unique_ptr<TlsEngine> made) : engine(std::move(made)) {}

  void feed(std::string_view bytes);
  void write(std::string_view text);
  // Takes what is to be sent.
  std::string sent();

  std::unique_ptr<TlsEngine> engine;
  Buffer out;
  Buffer plain;
  std::string error;  // empty while all is well
};

// A server and a client, not yet shaken hands.
struct Pair {
  Pair(const TlsContext& server_context, const TlsContext& client_context,
       const std::string& host = "mail.example")
      : Pair(server_context, client_context, Endpoint{host, 993}) {}
  Pair(const TlsContext& server_context, const TlsContext& client_context,
       const Endpoint& backend)
      : server(server_context.make_engine()),
        client(client_context.make_engine(backend)) {
    if (const Status begun = client.engine->start(client.out); !begun)
      client.error = begun.error().text;
  }

  // Carries bytes both ways until nobody has any, in pieces of at most `cut`.
  void settle(size_t cut = std::string::npos);
  bool open() const { return server.engine->open() && client.engine->open(); }

  Side server;
  Side client;
};

std::shared_ptr<const TlsContext> must_make(
    Result<std::shared_ptr<const TlsContext>> made);

// Contexts from `files`, with `options` on top of them.
std::shared_ptr<const TlsContext> make_server(const TestFiles& files,
                                              TlsServerOptions options = {});
std::shared_ptr<const TlsContext> make_client(const TestFiles& files,
                                              TlsClientOptions options = {});

}  // namespace postern
