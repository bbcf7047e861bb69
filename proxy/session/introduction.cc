#include "proxy/session/introduction.h"

#include <utility>

#include "proxy/session/introducing.h"

namespace postern {

using Step = Introduction::Step;

Step Introduction::begin() {
  if (options_.accept_proxy == AcceptProxy::Off) return Step::Go;
  if (trusted()) {
    held_ = std::make_unique<LineBuffer>(kLongestProxyHeader);
    return Step::Wait;
  }
  if (options_.accept_proxy == AcceptProxy::Optional) return Step::Go;
  return refuse("only from trusted_networks");
}

Step Introduction::feed(std::string_view bytes) {
  held_->append(bytes);
  const ProxyHeaderRead read = read_proxy_header(held_->peek());
  switch (read.kind) {
    case ProxyHeaderRead::Kind::More:
      return Step::Wait;
    case ProxyHeaderRead::Kind::Absent:
      return on_absent("the connection begins without one");
    case ProxyHeaderRead::Kind::Malformed:
      return refuse("malformed: " + std::string(read.problem));
    case ProxyHeaderRead::Kind::Whole:
      break;
  }
  held_->take(read.size);
  believe(read.header);
  return Step::Go;
}

Step Introduction::give_up() {
  if (held_->empty()) return on_absent("none came in time");
  return refuse("the rest of it did not come in time");
}

Step Introduction::refuse(std::string problem) {
  problem_ = std::move(problem);
  return Step::Refuse;
}

Step Introduction::on_absent(std::string_view what) {
  if (options_.accept_proxy == AcceptProxy::Optional) return Step::Go;
  return refuse(std::string(what));
}

bool Introduction::trusted() const {
  return contains(options_.trusted_networks, story_.client);
}

void Introduction::believe(const ProxyHeader& header) {
  // Of a connection of the proxy's own, such as a health check.
  if (!header.addressed) return;
  note_via();
  story_.client = header.source;
  story_.local = header.destination;
  if (is_session_id(header.unique_id)) story_.id = header.unique_id;
  if (header.ttl) story_.ttl = *header.ttl;
  TlsFacts facts;
  facts.sni = header.authority;
  if (header.tls && header.tls->tls) believe(*header.tls, facts);
  story_.front_tls = SharedFacts(std::move(facts));
}

// Where TLS ended there and not here, the facts of that are the client's.
void Introduction::believe(const ProxyTls& tls, TlsFacts& facts) {
  if (options_.ssl.listen) return;
  encrypted_ = true;
  story_.front_security = Security::Ssl;
  facts.version = tls.version;
  facts.cipher = tls.cipher;
}

void Introduction::told(const ToldIdentity& told) {
  note_via();
  ClientIdentity client = identity_of(story_);
  // TLS between that proxy and us is not its client's.
  if (told.client) client.tls = false;
  if (told.client) client.name.clear();
  apply(told, client);
  story_.client = client.client;
  story_.local = client.local;
  story_.id = client.session;
  story_.ttl = client.ttl;
  story_.told_tls = client.tls;
  story_.told_name = client.name;
}

void Introduction::note_via() {
  if (!story_.via) story_.via = story_.client;
}

}  // namespace postern
