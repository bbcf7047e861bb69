#include "proxy/session/introducing.h"

#include "proxy/protocol/protocols.h"
#include "proxy/protocol/proxy_header.h"

namespace postern {
namespace {

bool by_header(IdentityMode mode) {
  return mode == IdentityMode::Proxy || mode == IdentityMode::ProxyV1;
}

bool speaks(IdentityMode mode, IdentityDialect dialect) {
  if (mode == IdentityMode::Auto) return true;
  return dialect == IdentityDialect::Id ? mode == IdentityMode::Id
                                        : mode == IdentityMode::Xclient;
}

ProxyTls tls_of(const SessionStory& story) {
  ProxyTls tls;
  tls.tls = true;
  tls.version = story.front_tls->version;
  tls.cipher = story.front_tls->cipher;
  // Others never get this far: a handshake with them does not complete.
  tls.certificate = story.front_tls->peer_verified;
  tls.verify = tls.certificate ? 0 : 1;
  tls.common_name = story.front_tls->peer_name;
  return tls;
}

}  // namespace

ClientIdentity identity_of(const SessionStory& story) {
  ClientIdentity client;
  client.client = story.client;
  client.local = story.local;
  client.session = story.id;
  client.ttl = story.ttl;
  client.fields = story.fields;
  client.tls =
      story.told_tls.value_or(story.front_security != Security::Plaintext);
  const std::string& name =
      story.told_tls ? story.told_name : story.front_tls->sni;
  if (is_host_name(name)) client.name = name;
  return client;
}

std::string header_for(IdentityMode mode, const Protocol& protocol,
                       const SessionStory& story) {
  if (!by_header(mode)) return {};
  if (story.client.any()) return own_header_for(mode);
  const ClientIdentity client = identity_of(story);
  ProxyHeader header;
  header.addressed = true;
  header.source = client.client;
  header.destination = client.local;
  header.authority = client.name;
  header.unique_id = client.session;
  header.ttl = client.ttl - 1;
  // Dovecot hangs up on any other than its own.
  if (story.front_tls->alpn == protocol.alpn) header.alpn = protocol.alpn;
  if (client.tls) header.tls = tls_of(story);
  return mode == IdentityMode::Proxy ? proxy_header_v2(header)
                                     : proxy_header_v1(header);
}

std::string own_header_for(IdentityMode mode) {
  if (mode == IdentityMode::Proxy) return local_proxy_header_v2();
  if (mode == IdentityMode::ProxyV1) return local_proxy_header_v1();
  return {};
}

// A backend that has had a header takes us for the client: what it would be
// told beside that, it would not believe.
std::optional<Introduce> introduction_for(IdentityMode mode,
                                          const Protocol& protocol) {
  if (mode == IdentityMode::None) return std::nullopt;
  return speaks(mode, protocol.identity) ? Introduce::All : Introduce::Fields;
}

std::string_view way_told(IdentityMode mode, const Protocol& protocol,
                          Introduced came_of_it) {
  if (mode == IdentityMode::Proxy) return "proxy";
  if (mode == IdentityMode::ProxyV1) return "proxy_v1";
  const bool id = protocol.identity == IdentityDialect::Id;
  switch (came_of_it) {
    case Introduced::Nothing:
    case Introduced::NotOffered:
      return "none";
    case Introduced::Untrusted:
      return id ? "id" : "none";
    default:
      return id ? "id" : "xclient";
  }
}

}  // namespace postern
