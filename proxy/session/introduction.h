// Who is at the other end of a new connection: what its socket says, and what a
// PROXY header or a proxy that we trust says instead.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proxy/protocol/line_buffer.h"
#include "proxy/protocol/proxy_header.h"
#include "proxy/session/service.h"
#include "proxy/session/session_log.h"

namespace postern {

// Part of a session; corrects its story.
class Introduction {
 public:
  Introduction(const ServiceOptions& options, SessionStory& story)
      : options_(options), story_(story) {}

  enum class Step {
    Wait,    // for (the rest of) a header
    Go,      // rest() is the client's own
    Refuse,  // as problem() says
  };
  // First of all.
  Step begin();
  // While it waits: what came, or that it has taken too long.
  Step feed(std::string_view bytes);
  Step give_up();

  // Behind the header, until it is forgotten.  It may hold a password.
  std::string_view rest() const { return held_ ? held_->peek() : ""; }
  void forget_rest() { held_.reset(); }
  const std::string& problem() const { return problem_; }

  // Whether the peer, or the client that the header told of, is in
  // trusted_networks: what it says of clients counts.
  bool trusted() const;
  // The header says that the client speaks TLS, though not to us.
  bool encrypted() const { return encrypted_; }

  // By ID or XCLIENT of a trusted peer.
  void told(const ToldIdentity& client);

 private:
  Step refuse(std::string problem);
  Step on_absent(std::string_view what);
  void believe(const ProxyHeader& header);
  void believe(const ProxyTls& tls, TlsFacts& facts);
  void note_via();

  const ServiceOptions& options_;
  SessionStory& story_;
  std::unique_ptr<LineBuffer> held_;  // while a header is read
  std::string problem_;
  bool encrypted_ = false;
};

}  // namespace postern
