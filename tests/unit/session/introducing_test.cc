#include "proxy/session/introducing.h"

#include <doctest/doctest.h>

#include "proxy/protocol/proxy_header.h"
#include "proxy/session/trust_notices.h"
#include "tests/unit/session/stories.h"

using namespace postern;
using namespace std::string_literals;

namespace {

const Protocol& imap() {
  return *find_protocol("IMAP4S");
}
const Protocol& pop3() {
  return *find_protocol("POP3");
}

ProxyHeader header_read(const SessionStory& story) {
  const std::string bytes = header_for(IdentityMode::Proxy, imap(), story);
  const ProxyHeaderRead read = read_proxy_header(bytes);
  REQUIRE(read.kind == ProxyHeaderRead::Kind::Whole);
  REQUIRE(read.size == bytes.size());
  return read.header;
}

}  // namespace

TEST_CASE("the client is who the story says") {
  const ClientIdentity client = identity_of(happy_story());
  CHECK(client.client.text() == "192.0.2.7:40001");
  CHECK(client.local.text() == "198.51.100.1:993");
  CHECK(client.session == "3-1f");
  CHECK(client.tls);
  CHECK(client.name == "mail.example.org");
}

TEST_CASE("a name that is none is not told") {
  SessionStory story = happy_story();
  change(story.front_tls, &TlsFacts::sni, "mail example\r\n"s);
  CHECK(identity_of(story).name.empty());
}

TEST_CASE("what a proxy told stands above our own TLS with it") {
  SessionStory story = happy_story();
  story.told_tls = false;
  story.told_name = "other.example";
  CHECK_FALSE(identity_of(story).tls);
  CHECK(identity_of(story).name == "other.example");
}

TEST_CASE("a header of version 2 tells it all") {
  SessionStory story = happy_story();
  change(story.front_tls, &TlsFacts::alpn, "imap"s);
  const ProxyHeader header = header_read(story);
  CHECK(header.source.text() == "192.0.2.7:40001");
  CHECK(header.destination.text() == "198.51.100.1:993");
  CHECK(header.alpn == "imap");
  CHECK(header.authority == "mail.example.org");
  CHECK(header.unique_id == "3-1f");
  CHECK(header.ttl == kProxyTtl - 1);
  REQUIRE(header.tls);
  CHECK(header.tls->tls);
  CHECK_FALSE(header.tls->certificate);
  CHECK(header.tls->verify != 0);
  CHECK(header.tls->version == "TLSv1.3");
  CHECK(header.tls->cipher == "TLS_AES_256_GCM_SHA384");
}

TEST_CASE("and the client's certificate") {
  SessionStory story = happy_story();
  change(story.front_tls, &TlsFacts::peer_verified, true);
  change(story.front_tls, &TlsFacts::peer_name, "jane"s);
  const ProxyHeader header = header_read(story);
  REQUIRE(header.tls);
  CHECK(header.tls->certificate);
  CHECK(header.tls->verify == 0);
  CHECK(header.tls->common_name == "jane");
}

TEST_CASE("and nothing of TLS where there is none") {
  SessionStory story = happy_story();
  story.front_security = Security::Plaintext;
  story.front_tls = {};
  const ProxyHeader header = header_read(story);
  CHECK_FALSE(header.tls);
  CHECK(header.alpn.empty());
  CHECK(header.authority.empty());
}

TEST_CASE("ALPN is told only if it is the protocol's own") {
  SessionStory story = happy_story();
  change(story.front_tls, &TlsFacts::alpn, "pop3"s);
  CHECK(header_read(story).alpn.empty());
}

TEST_CASE("headers are for those who asked for them") {
  const SessionStory story = happy_story();
  CHECK(header_for(IdentityMode::ProxyV1, imap(), story) ==
        "PROXY TCP4 192.0.2.7 198.51.100.1 40001 993\r\n");
  for (const IdentityMode mode : {IdentityMode::Auto, IdentityMode::Id,
                                  IdentityMode::Xclient, IdentityMode::None}) {
    CHECK(header_for(mode, imap(), story).empty());
    CHECK(own_header_for(mode).empty());
  }
  CHECK(own_header_for(IdentityMode::ProxyV1) == "PROXY UNKNOWN\r\n");
  CHECK(own_header_for(IdentityMode::Proxy).size() == 16);
}

TEST_CASE("a connection of our own says so") {
  CHECK(header_for(IdentityMode::Proxy, imap(), SessionStory()) ==
        own_header_for(IdentityMode::Proxy));
  CHECK(header_for(IdentityMode::ProxyV1, imap(), SessionStory()) ==
        "PROXY UNKNOWN\r\n");
}

TEST_CASE("identity by header and by protocol never go together") {
  CHECK(introduction_for(IdentityMode::Auto, imap()) == Introduce::All);
  CHECK(introduction_for(IdentityMode::Auto, pop3()) == Introduce::All);
  CHECK(introduction_for(IdentityMode::Id, imap()) == Introduce::All);
  CHECK(introduction_for(IdentityMode::Id, pop3()) == Introduce::Fields);
  CHECK(introduction_for(IdentityMode::Xclient, pop3()) == Introduce::All);
  CHECK(introduction_for(IdentityMode::Proxy, imap()) == Introduce::Fields);
  CHECK(introduction_for(IdentityMode::ProxyV1, imap()) == Introduce::Fields);
  CHECK_FALSE(introduction_for(IdentityMode::None, imap()));
}

TEST_CASE("the log has the way that was gone") {
  const auto way = [](IdentityMode mode, const Protocol& protocol,
                      Introduced what) {
    return std::string(way_told(mode, protocol, what));
  };
  CHECK(way(IdentityMode::Proxy, imap(), Introduced::Nothing) == "proxy");
  CHECK(way(IdentityMode::ProxyV1, imap(), Introduced::Nothing) == "proxy_v1");
  CHECK(way(IdentityMode::Auto, imap(), Introduced::Trusted) == "id");
  CHECK(way(IdentityMode::Auto, imap(), Introduced::Untrusted) == "id");
  CHECK(way(IdentityMode::Auto, imap(), Introduced::NotOffered) == "none");
  CHECK(way(IdentityMode::Auto, pop3(), Introduced::Trusted) == "xclient");
  CHECK(way(IdentityMode::Auto, pop3(), Introduced::Untrusted) == "none");
  CHECK(way(IdentityMode::None, pop3(), Introduced::Nothing) == "none");
}

TEST_CASE("who does not trust us is told of once, until it changes") {
  using What = std::optional<Introduced>;
  TrustNotices notices;
  CHECK(notices.news("a:1", Introduced::Untrusted) == Introduced::Untrusted);
  CHECK(notices.news("a:1", Introduced::Untrusted) == What());
  CHECK(notices.news("b:1", Introduced::Untrusted) == Introduced::Untrusted);
  CHECK(notices.news("a:1", Introduced::Trusted) == Introduced::Trusted);
  CHECK(notices.news("a:1", Introduced::Trusted) == What());
  CHECK(notices.news("a:1", Introduced::Untrusted) == Introduced::Untrusted);
}

TEST_CASE("that one trusts us is no news") {
  TrustNotices notices;
  CHECK_FALSE(notices.news("a:1", Introduced::Trusted));
  // It said so before: silence now means something.
  CHECK(notices.news("a:1", Introduced::Unconfirmed) == Introduced::Untrusted);
  CHECK_FALSE(notices.news("a:1", Introduced::Unconfirmed));
  CHECK(notices.news("b:1", Introduced::Unconfirmed) ==
        Introduced::Unconfirmed);
  CHECK_FALSE(notices.news("b:1", Introduced::Unconfirmed));
}
