#include "proxy/session/kept_story.h"

#include <doctest/doctest.h>

#include "tests/unit/session/stories.h"

using namespace postern;

TEST_CASE("a story that was kept is the same") {
  SessionStory story = happy_story();
  story.service =
      "a service with a name of more than a hundred and twenty-"
      "seven octets, so that its length does not fit into seven "
      "bits of an octet";
  story.via = Address::parse("2001:db8::7", 65535);
  story.source_address = Address::parse("203.0.113.9", 0);
  story.ttl = 3;
  story.told_tls = false;
  story.told_name = "mail.example.net";
  story.authid = "operator";
  story.master = "proxy";
  story.pool = "stores";
  story.identity = "id";
  story.back_security = Security::Starttls;
  change(story.back_tls, &TlsFacts::version, std::string("TLSv1.2"));
  story.failure = Failure::NoTls;
  story.sent = UINT64_MAX;
  story.ending = Ending::TimedOut;

  const SessionStory again = KeptStory(story).unfold();
  CHECK(again.id == story.id);
  CHECK(again.service == story.service);
  CHECK(again.protocol == "IMAP4S");
  CHECK(again.client == story.client);
  CHECK(again.local == story.local);
  CHECK(again.via == story.via);
  CHECK(again.ttl == 3);
  CHECK(again.told_tls == false);
  CHECK(again.told_name == "mail.example.net");
  CHECK(again.front_security == Security::Ssl);
  CHECK(&*again.front_tls == &*story.front_tls);
  CHECK(again.attempts == 1);
  CHECK(again.user == "Jane@Example.org");
  CHECK(again.routed_user == "jane");
  CHECK(again.authid == "operator");
  CHECK(again.master == "proxy");
  CHECK(again.mechanism == "PLAIN");
  CHECK(again.pool == "stores");
  CHECK(again.backend == story.backend);
  CHECK(again.backend_address == story.backend_address);
  CHECK(again.source_address == story.source_address);
  CHECK(again.identity == "id");
  CHECK(again.back_security == Security::Starttls);
  CHECK(again.back_tls->version == "TLSv1.2");
  CHECK(again.failure == Failure::NoTls);
  CHECK(again.logged_in);
  CHECK(again.received == 120);
  CHECK(again.sent == UINT64_MAX);
  CHECK(again.milliseconds == 61007);
  CHECK(again.ending == Ending::TimedOut);
  CHECK(again.reason == "client closed");
}

TEST_CASE("nothing is told of nobody") {
  CHECK(KeptStory().unfold().id.empty());
  CHECK(KeptStory(SessionStory()).unfold().user.empty());
}
