// What connections have in common is kept once.

#include <doctest/doctest.h>

#include "proxy/tls/shared_facts.h"
#include "proxy/tls/system_trust.h"

using namespace postern;

namespace {

SharedFacts facts_of(const std::string& sni) {
  TlsFacts facts;
  facts.version = "TLSv1.3";
  facts.sni = sni;
  return SharedFacts(facts);
}

}  // namespace

TEST_CASE("equal facts are the same, others are not") {
  const SharedFacts first = facts_of("mail.example");
  CHECK(&*first == &*facts_of("mail.example"));
  const SharedFacts other = facts_of("imap.example");
  CHECK(&*first != &*other);
  CHECK(first->sni == "mail.example");
  CHECK(other->sni == "imap.example");
  CHECK(SharedFacts()->version.empty());
}

TEST_CASE("facts stay true however many others there have been") {
  const SharedFacts first = facts_of("mail.example");
  for (int i = 0; i < 1000; ++i) {
    const std::string name = std::to_string(i) + ".example";
    CHECK(facts_of(name)->sni == name);
  }
  CHECK(first->sni == "mail.example");
  CHECK(facts_of("mail.example")->sni == "mail.example");
}

TEST_CASE("the system's authorities are read once") {
  const StorePtr once = system_trust();
  CHECK(once.get() == system_trust().get());
}
