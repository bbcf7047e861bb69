#include <doctest/doctest.h>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "proxy/protocol/back_login.h"
#include "proxy/protocol/gs2.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/sasl_oauth.h"

using namespace postern;

namespace {

using Kind = SaslStep::Kind;
using namespace std::string_literals;

SaslStep say(std::string_view mechanism, const std::string& message) {
  return make_sasl(mechanism, {std::string(mechanism)}, {})
      ->start(base64_encode(message));
}

std::string first_message(const Credentials& who) {
  return std::string(relayed_mechanism(who)->first_message(who).view());
}

Credentials scram(const std::string& message) {
  SaslStep step = say("SCRAM-SHA-256", message);
  REQUIRE(step.kind == Kind::Finished);
  return std::move(step.who);
}

}  // namespace

TEST_CASE("EXTERNAL is for those whose certificate says who they are") {
  CHECK(make_sasl("EXTERNAL", {"EXTERNAL"}, {}) == nullptr);
  constexpr SaslRules kCertified = {.separator = '*', .certified = true};
  const auto external = [&] {
    return make_sasl("external", {"EXTERNAL"}, kCertified);
  };
  CHECK(external()->start().text.empty());
  CHECK(external()->start("=").who.user.empty());
  CHECK(external()->start("=").who.mechanism == "EXTERNAL");
  CHECK(external()->start(base64_encode("joe")).who.user == "joe");
  CHECK(external()->start(base64_encode("j\noe")).kind == Kind::Refused);
  CHECK(external()->start(base64_encode("joe*root")).kind == Kind::Refused);
  const auto asked = external();
  CHECK(asked->start().kind == Kind::Challenge);
  CHECK(asked->step("").kind == Kind::Finished);
  Credentials who;
  who.user = "joe";
  who.mechanism = "EXTERNAL";
  CHECK(first_message(who) == "joe");
  CHECK_FALSE(client_answers(who));
  CHECK(announced_mechanisms({"EXTERNAL"}, "AUTH=EXTERNAL", false).empty());
  CHECK(announced_mechanisms({"EXTERNAL"}, "AUTH=PLAIN", true).size() == 1);
}

TEST_CASE("every mechanism is found in any case, where it is allowed") {
  for (const Mechanism& row : mechanisms()) {
    const std::string name(row.name);
    CHECK(find_mechanism(to_lower(name)) == &row);
    CHECK(find_mechanism(name, {name}) == &row);
    CHECK(find_mechanism(name, {}) == nullptr);
    CHECK(make_sasl(name, {name}, {.certified = true}) != nullptr);
  }
  CHECK(find_mechanism("SCRAM-SHA-256-PLUS") == nullptr);
}

TEST_CASE("what OAuth mechanisms tell the backend is made anew") {
  const SaslStep x = say("XOAUTH2", "user=u1\1auth=bearer tok=\1\1"s);
  REQUIRE(x.kind == Kind::Finished);
  CHECK(first_message(x.who) == "user=u1\1auth=Bearer tok=\1\1"s);
  SaslStep o =
      say("OAUTHBEARER", "n,a=a=2Cb=3D,\1host=h\1port=1\1auth=Bearer tok\1\1"s);
  REQUIRE(o.kind == Kind::Finished);
  CHECK(o.who.user == "a,b=");
  o.who.user = "c=";
  CHECK(first_message(o.who) == "n,a=c=3D,\1auth=Bearer tok\1\1"s);
}

TEST_CASE("SCRAM tells the backend what the client said") {
  const std::string message = "y,a=u=3D,n=u=3D,r=x y,e=1";
  const Credentials who = scram(message);
  CHECK(who.user == "u=");
  CHECK(first_message(who) == message);
}

TEST_CASE("GS2 headers") {
  CHECK(read_gs2("n,,rest")->rest == "rest");
  CHECK(read_gs2("y,a=u=2C,rest")->authzid == "u,");
  for (const auto* wrong :
       {"", "n", "n,", "n,a=u", "p=x,,r", "N,,r", "n,b=u,r", "n,a=,r", "n,u,r",
        "n,a=u=2,r", "n,a=u=2c,r", ",,r"})
    CHECK_MESSAGE(!read_gs2(wrong), wrong);
}

TEST_CASE("saslnames go back and forth") {
  for (const auto* name : {"", "u", "=2C", "a,b=c", ",,,", "ü"})
    CHECK(decode_saslname(encode_saslname(name)) == name);
  for (const auto* wrong : {",", "=", "a=b", "=2c", "=00"})
    CHECK_MESSAGE(!decode_saslname(wrong), wrong);
}

TEST_CASE("a relayed answer is base64, or ends the exchange") {
  std::string_view problem;
  CHECK(relayed_response("AQ==", problem).base64.view() == "AQ==");
  CHECK(problem.empty());
  CHECK_FALSE(relayed_response("", problem).cancelled);
  for (const auto* line : {"*", "=", "AQ=", "AQ==\r", "a b", "LOGOUT"}) {
    const Response response = relayed_response(line, problem);
    CHECK(response.cancelled);
    CHECK(response.base64.empty());
    CHECK_FALSE(problem.empty());
  }
}

TEST_CASE("a backend must offer what is relayed to it") {
  const Credentials who = scram("n,,n=u,r=x");
  CHECK(relay_barrier(who, "plain scram-sha-256").empty());
  CHECK_FALSE(relay_barrier(who, "PLAIN SCRAM-SHA-1").empty());
  CHECK(relay_barrier(who, "SCRAM-SHA-256 SCRAM-SHA-256-PLUS").empty());
  Credentials password;
  password.mechanism = "PLAIN";
  CHECK(relay_barrier(password, "").empty());
}

TEST_CASE("a client that looked for -PLUS must not meet it at the backend") {
  const Credentials who = scram("y,,n=u,r=x");
  CHECK(relay_barrier(who, "SCRAM-SHA-256 SCRAM-SHA-1-PLUS").empty());
  CHECK_FALSE(relay_barrier(who, "SCRAM-SHA-256 SCRAM-SHA-256-PLUS").empty());
}

TEST_CASE("tokens have a limit") {
  const std::string longest(kMaxToken, 't');
  const auto with = [](const std::string& token) {
    return say("XOAUTH2", "user=u\1auth=Bearer "s + token + "\1\1");
  };
  CHECK(with(longest).kind == Kind::Finished);
  CHECK(with(longest + "t").kind == Kind::Refused);
  CHECK(with(std::string(30000, 't')).text == "message too long");
  CHECK(with("").kind == Kind::Refused);
}
