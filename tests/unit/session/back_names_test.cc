#include "proxy/session/back_names.h"

#include <doctest/doctest.h>

#include "proxy/protocol/back_login.h"

using namespace postern;

namespace {

struct Naming {
  Credentials who;
  char clients = '*';   // separator
  char backends = '*';  // the same, of the pool
  bool master = false;  // the pool has one
  bool shows = false;   // the pool's backends see a certificate of ours

  Naming(std::string user, std::string authid, std::string mechanism = "PLAIN",
         std::string_view secret = "pw1") {
    who = {std::move(user), Secret(secret), std::move(mechanism)};
    who.authid = std::move(authid);
  }

  // "user/authid", or why not.
  std::string outcome() {
    ServiceOptions options;
    options.front.master_separator = clients;
    const Service service(std::move(options));
    BackSide side;
    side.options.master_separator = backends;
    side.options.implicit_tls = true;
    if (shows) side.options.tls.cert_file = "/cert";
    if (master)
      side.master = std::make_shared<const MasterLogin>(
          MasterLogin{"proxy", Secret("pw2")});
    const Status named = name_for_backend(who, service, side);
    if (named) return who.user + "/" + who.authid;
    return named.error().fault == Fault::Denied ? "denied" : "impossible";
  }
};

}  // namespace

TEST_CASE("a user goes by his own name") {
  CHECK(Naming("joe", "").outcome() == "joe/");
}

TEST_CASE("a master and a user go in one name where there is a separator") {
  for (const char* mechanism :
       {"LOGIN", "USER", "PLAIN", "XOAUTH2", "OAUTHBEARER"})
    CHECK(Naming("joe", "root", mechanism).outcome() == "joe*root/");
  Naming other("joe", "root");
  other.backends = '%';
  CHECK(other.outcome() == "joe%root/");
}

TEST_CASE("and apart where there is none, if that can be") {
  for (const char* mechanism : {"LOGIN", "USER", "PLAIN"}) {
    Naming one("joe", "root", mechanism);
    one.backends = '\0';
    CHECK(one.outcome() == "joe/root");
    CHECK(plain_response(one.who).view() == "am9lAHJvb3QAcHcx");
  }
  for (const char* mechanism : {"XOAUTH2", "OAUTHBEARER"}) {
    Naming one("joe", "root", mechanism);
    one.backends = '\0';
    CHECK(one.outcome() == "impossible");
  }
}

TEST_CASE("a name that the backend would take for two is nobody's") {
  CHECK(Naming("joe*root", "").outcome() == "denied");
  CHECK(Naming("joe*eve", "root").outcome() == "denied");
  Naming elsewhere("joe*root", "");
  elsewhere.backends = '%';
  CHECK(elsewhere.outcome() == "joe*root/");
}

TEST_CASE("SCRAM is understood as it was proved, or not at all") {
  constexpr std::string_view kApart = "n,a=joe,n=root,r=abc";
  constexpr std::string_view kJoined = "n,,n=joe*root,r=abc";
  for (const char backends : {'*', '%', '\0'}) {
    Naming apart("joe", "root", "SCRAM-SHA-1", kApart);
    apart.backends = backends;
    CHECK(apart.outcome() == "joe/root");
    Naming joined("joe", "root", "SCRAM-SHA-1", kJoined);
    joined.backends = backends;
    CHECK(joined.outcome() == (backends == '*' ? "joe/root" : "impossible"));
  }
}

TEST_CASE("who has shown a certificate is logged in by a master") {
  Naming joined("joe", "", "EXTERNAL", "");
  joined.master = joined.shows = true;
  CHECK(joined.outcome() == "joe*proxy/");
  CHECK(joined.who.mechanism == "PLAIN");
  CHECK(joined.who.secret.view() == "pw2");
  Naming apart("joe", "webmail", "EXTERNAL", "");
  apart.master = true;
  apart.backends = '\0';
  CHECK(apart.outcome() == "joe/proxy");
}

TEST_CASE("or by our own certificate, or not at all") {
  Naming shown("joe", "webmail", "EXTERNAL", "");
  shown.shows = true;
  CHECK(shown.outcome() == "joe/");
  CHECK(shown.who.mechanism == "EXTERNAL");
  CHECK(Naming("joe", "", "EXTERNAL", "").outcome() == "impossible");
}

TEST_CASE("a password never becomes a master's") {
  Naming one("joe", "", "PLAIN");
  one.master = one.shows = true;
  CHECK(one.outcome() == "joe/");
  CHECK(one.who.secret.view() == "pw1");
  Naming tricky("joe*proxy", "", "EXTERNAL", "");
  tricky.master = true;
  CHECK(tricky.outcome() == "denied");
}
