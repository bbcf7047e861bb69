#include "proxy/session/referring.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

const Protocol& imap() {
  return *find_protocol("IMAP4");
}

bool allowed(std::string_view entry, std::string_view place) {
  const auto host = ReferralHost::parse(entry);
  REQUIRE(host);
  CHECK(host->text() == entry);
  return allows({*host}, *Endpoint::parse(place), {143, 1143});
}

struct Asked {
  Referral to = {{"imap2.example", 0}, "alice", "*"};
  Credentials who = {"alice", Secret("wonder"), "PLAIN"};
  BackSideOptions side;

  std::string barrier() {
    side.port = 1143;
    side.referral_hosts = {*ReferralHost::parse("imap2.example")};
    return referral_barrier(to, who, side, imap());
  }
};

}  // namespace

TEST_CASE("hosts that are allowed") {
  CHECK(allowed("imap2.example", "imap2.example:143"));
  CHECK(allowed("imap2.example", "imap2.example:1143"));
  CHECK_FALSE(allowed("imap2.example", "imap2.example:25"));
  CHECK_FALSE(allowed("imap2.example", "imap3.example:143"));
  CHECK_FALSE(allowed("imap2.example", "x.imap2.example:143"));
  CHECK(allowed("imap2.example:25", "imap2.example:25"));
  CHECK_FALSE(allowed("imap2.example:25", "imap2.example:143"));
  CHECK(allowed("127.0.0.1", "127.0.0.1:143"));
  CHECK(allowed("[::1]:25", "[::1]:25"));
}

TEST_CASE("all hosts of a domain") {
  CHECK(allowed("*.example", "imap2.example:143"));
  CHECK(allowed("*.example:25", "imap2.example:25"));
  CHECK_FALSE(allowed("*.example", "imap2.example:25"));
  CHECK_FALSE(allowed("*.example", "example:143"));
  CHECK_FALSE(allowed("*.example", "a.b.example:143"));
  CHECK_FALSE(allowed("*.example", "imap2example:143"));
  CHECK_FALSE(allowed("*.0.0.1x", "127.0.0.1:143"));
}

TEST_CASE("what is no host") {
  for (const char* text :
       {"", "*", "*.", "*.*.example", "im*.example", "*.127.0.0.1", "imap2:0",
        "imap 2", "imap://imap2", "imap2/", ".example"})
    CHECK_MESSAGE(!ReferralHost::parse(text), text);
  CHECK(ReferralHost::parse("IMAP2.Example")->text() == "imap2.example");
}

TEST_CASE("what may be followed") {
  CHECK(Asked().barrier().empty());
  Asked asked;
  asked.to.user = "Alice";
  asked.to.mechanism = "plain";
  CHECK(asked.barrier().empty());
  asked.to.user.clear();
  asked.to.mechanism.clear();
  CHECK(asked.barrier().empty());
}

TEST_CASE("what may not") {
  Asked elsewhere;
  elsewhere.to.where.port = 25;
  CHECK(elsewhere.barrier() == "referral_hosts does not name it");
  Asked other;
  other.to.user = "bob";
  CHECK(other.barrier() == "it is for another user");
  Asked kerberos;
  kerberos.to.mechanism = "GSSAPI";
  CHECK(kerberos.barrier() == "it asks for the mechanism GSSAPI");
  for (const char* mechanism : {"SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"}) {
    Asked relayed;
    relayed.who.mechanism = mechanism;
    CHECK(relayed.barrier().ends_with("can be said to one server only"));
  }
}

TEST_CASE("the port that goes without saying") {
  BackSideOptions side;
  side.port = 1143;
  const Referral to = {{"imap2", 0}, {}, {}};
  CHECK(referred_place(to, side, imap()).text() == "imap2:143");
  side.implicit_tls = true;
  CHECK(referred_place(to, side, imap()).text() == "imap2:993");
  CHECK(referred_place({{"imap2", 25}, {}, {}}, side, imap()).text() ==
        "imap2:25");
}

TEST_CASE("a password that has gone by TLS never goes in the clear") {
  using Upgrade = BackOptions::Upgrade;
  auto side = std::make_shared<BackSide>();
  side->options.dialogue.upgrade = Upgrade::IfOffered;
  CHECK(no_less_secure(side, false) == side);
  CHECK(no_less_secure(side, true)->options.dialogue.upgrade ==
        Upgrade::Required);
  CHECK(side->options.dialogue.upgrade == Upgrade::IfOffered);
}

TEST_CASE("a backend of the pool is that one") {
  PoolOptions options;
  options.backends = {{{"imap1", 0}}, {{"imap2", 1143}}};
  const auto pool = *Pool::make(options);
  const auto backends = pool->backends();
  CHECK(backend_at({"imap1", 993}, *pool, 993, nullptr) == backends[0]);
  CHECK(backend_at({"imap2", 1143}, *pool, 993, nullptr) == backends[1]);
  const auto other = backend_at({"imap2", 993}, *pool, 993, nullptr);
  CHECK(other->where().text() == "imap2:993");
  CHECK(other->state().pool().empty());
}
