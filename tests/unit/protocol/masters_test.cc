#include "proxy/protocol/masters.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

constexpr SaslRules kStar = {.for_others = true, .separator = '*'};

Credentials named(std::string user, std::string authid = {}) {
  Credentials who;
  who.user = std::move(user);
  who.authid = std::move(authid);
  return who;
}

}  // namespace

TEST_CASE("names are taken apart at the first separator") {
  Credentials who = named("joe@example.org*root");
  CHECK(settle_names(who, kStar).empty());
  CHECK(who.user == "joe@example.org");
  CHECK(who.authid == "root");
}

TEST_CASE("a name for oneself stays as it is") {
  for (const SaslRules rules : {SaslRules{}, kStar}) {
    Credentials who = named("joe");
    CHECK(settle_names(who, rules).empty());
    CHECK(who.user == "joe");
    CHECK(who.authid.empty());
  }
}

TEST_CASE("nobody logs in for another unless it is allowed") {
  Credentials who = named("joe", "root");
  CHECK(settle_names(who, {}) == kForeignAuthzid);
  who = named("joe*root");
  CHECK(settle_names(who, {.separator = '*'}) == kForeignAuthzid);
  who = named("joe*root");
  CHECK(settle_names(who, {}).empty());
  CHECK(who.user == "joe*root");
}

TEST_CASE("an authzid makes a master of who has proved something else") {
  const auto step = [] { return SaslStep::finished("root", Secret("p"), "X"); };
  for (const std::string_view own : {"", "root"})
    CHECK(act_for(own, step(), kStar).who.authid.empty());
  const SaslStep done = act_for("joe", step(), kStar);
  CHECK(done.who.user == "joe");
  CHECK(done.who.authid == "root");
  CHECK(act_for("j\noe", step(), kStar).kind == SaslStep::Kind::Refused);
  CHECK(act_for("joe", SaslStep::refused("no"), kStar).text == "no");
}
