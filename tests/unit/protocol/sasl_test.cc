#include "proxy/protocol/sasl.h"

#include <doctest/doctest.h>

#include "proxy/base/base64.h"
using namespace postern;

namespace {

using Kind = SaslStep::Kind;
using namespace std::string_literals;

const std::vector<std::string> kBoth = {"PLAIN", "LOGIN"};

SaslStep say_plain(const std::string& message, SaslRules rules = {}) {
  return make_sasl("PLAIN", kBoth, rules)->start(base64_encode(message));
}

SaslStep say_login(const std::string& user, const std::string& password) {
  const auto sasl = make_sasl("LOGIN", kBoth, {});
  const SaslStep asked = sasl->start(base64_encode(user));
  if (asked.kind != Kind::Challenge) return {asked.kind, asked.text};
  return sasl->step(base64_encode(password));
}

}  // namespace

TEST_CASE("PLAIN gives the name and the password as they are") {
  const SaslStep done = say_plain("\0u1\0 p w \xe4"s);
  REQUIRE(done.kind == Kind::Finished);
  CHECK(done.who.user == "u1");
  CHECK(done.who.secret.view() == " p w \xe4");
  CHECK(done.who.mechanism == "PLAIN");
}

TEST_CASE("PLAIN without an initial response asks with an empty challenge") {
  const auto sasl = make_sasl("plain", kBoth, {});
  const SaslStep asked = sasl->start();
  REQUIRE(asked.kind == Kind::Challenge);
  CHECK(asked.text.empty());
  CHECK(sasl->step(base64_encode("\0u\0p"s)).kind == Kind::Finished);
}

TEST_CASE("LOGIN asks for the name, then for the password") {
  const auto sasl = make_sasl("Login", kBoth, {});
  CHECK(sasl->start().text == "VXNlcm5hbWU6");
  const SaslStep asked = sasl->step(base64_encode("u1"));
  REQUIRE(asked.kind == Kind::Challenge);
  CHECK(asked.text == "UGFzc3dvcmQ6");
  const SaslStep done = sasl->step(base64_encode("p w"));
  REQUIRE(done.kind == Kind::Finished);
  CHECK(done.who.user == "u1");
  CHECK(done.who.secret.view() == "p w");
  CHECK(done.who.mechanism == "LOGIN");
}

TEST_CASE("LOGIN takes the name as initial response") {
  const SaslStep done = say_login("u1", "pw");
  REQUIRE(done.kind == Kind::Finished);
  CHECK(done.who.user == "u1");
}

TEST_CASE("only what is known and allowed can be made, in any case") {
  CHECK(make_sasl("PLAIN", {"LOGIN"}, {}) == nullptr);
  CHECK(make_sasl("CRAM-MD5", {"CRAM-MD5"}, {}) == nullptr);
  CHECK(make_sasl("", kBoth, {}) == nullptr);
  CHECK(make_sasl("pLaIn", {"Plain"}, {}) != nullptr);
}

TEST_CASE("T4.3 T4.4 control characters are refused in both mechanisms") {
  for (const char octet : "\r\n\t\x01\x1f\x7f"s) {
    const std::string bad = "u"s + octet + "DELE 1";
    CHECK(say_plain("\0"s + bad + "\0pw"s).kind == Kind::Refused);
    CHECK(say_plain("\0u\0"s + bad).kind == Kind::Refused);
    CHECK(say_login(bad, "pw").kind == Kind::Refused);
    CHECK(say_login("u", bad).kind == Kind::Refused);
  }
  CHECK(say_login("u1\0x"s, "pw").kind == Kind::Refused);
  CHECK(say_login("u1", "pw\0x"s).kind == Kind::Refused);
}

TEST_CASE("T4.10 another authorization identity is refused, never dropped") {
  CHECK(say_plain("admin\0u1\0pw1"s).kind == Kind::Refused);
  CHECK(say_plain("U1\0u1\0pw1"s).kind == Kind::Refused);
  const SaslStep same = say_plain("u1\0u1\0pw1"s);
  REQUIRE(same.kind == Kind::Finished);
  CHECK(same.who.user == "u1");
}

TEST_CASE("T4.11 a message of another shape is not taken apart") {
  CHECK(say_plain("\0u1\0pw1\0x"s).kind == Kind::Malformed);
  CHECK(say_plain("\0u1"s).kind == Kind::Malformed);
  CHECK(say_plain("u1").kind == Kind::Malformed);
  CHECK(say_plain("\0\0pw"s).kind == Kind::Refused);
  CHECK(say_plain("\0u1\0"s).kind == Kind::Refused);
  CHECK(say_login("", "pw").kind == Kind::Refused);
  CHECK(say_login("u1", "").kind == Kind::Refused);
}

TEST_CASE("T4.11 '=' is empty as initial response and nothing later") {
  CHECK(make_sasl("PLAIN", kBoth, {})->start("=").kind == Kind::Malformed);
  CHECK(make_sasl("LOGIN", kBoth, {})->start("=").text == "empty user name");
  const auto sasl = make_sasl("LOGIN", kBoth, {});
  CHECK(sasl->start().kind == Kind::Challenge);
  CHECK(sasl->step("=").kind == Kind::Malformed);
}

TEST_CASE("T4.11 names, passwords and messages have limits") {
  const std::string longest(1024, 'x');
  CHECK(say_plain("\0"s + longest + "\0"s + longest).kind == Kind::Finished);
  CHECK(say_plain("\0"s + longest + "x\0p"s).text == "user name too long");
  CHECK(say_plain("\0u\0"s + longest + "x").text == "password too long");
  CHECK(say_plain("\0uu\0p"s, {1, 1}).kind == Kind::Refused);

  const std::string message = "\0u\0"s + std::string(8192 - 3, 'x');
  CHECK(say_plain(message, {1024, 8192}).kind == Kind::Finished);
  CHECK(say_plain(message + "x", {1024, 9000}).text == "message too long");
  CHECK(say_plain(std::string(66560, 'x')).text == "message too long");
}

TEST_CASE("T4.12 base64 is read strictly") {
  for (const auto* text :
       {"AHUA\tcA==", "AHUA cA==", "AHUAcA", "AHUAcA=", "AH=AcA==",
        "AHUAcA==AHUAcA==", "AHUAcA==x", "AHUAc-_=", "AHUAcB==", "%%%%"}) {
    CHECK(make_sasl("PLAIN", kBoth, {})->start(text).kind == Kind::Malformed);
    const auto sasl = make_sasl("PLAIN", kBoth, {});
    CHECK(sasl->start().kind == Kind::Challenge);
    CHECK(sasl->step(text).kind == Kind::Malformed);
  }
  CHECK(make_sasl("PLAIN", kBoth, {})->start("AHUAcA==").kind ==
        Kind::Finished);
}

TEST_CASE("T4.13 '*' cancels, but is no initial response") {
  for (const auto* mechanism : {"PLAIN", "LOGIN"}) {
    const auto sasl = make_sasl(mechanism, kBoth, {});
    CHECK(sasl->start().kind == Kind::Challenge);
    CHECK(sasl->step("*").kind == Kind::Cancelled);
    CHECK(make_sasl(mechanism, kBoth, {})->start("*").kind == Kind::Malformed);
  }
}

TEST_CASE("reasons never hold what the client sent") {
  CHECK(say_plain("\0u1\0se\1cret"s).text.find("cret") == std::string::npos);
  CHECK(say_plain("evil\0u1\0pw"s).text.find("evil") == std::string::npos);
}

TEST_CASE("check_credentials looks at both") {
  CHECK(check_credentials("u", "p", {}).empty());
  CHECK(check_credentials("", "p", {}) == "empty user name");
  CHECK(check_credentials("u", "", {}) == "empty password");
  CHECK(check_credentials("u\x7f", "p", {}) ==
        "control character in user name");
  CHECK(check_credentials("u", "\x1bp", {}) == "control character in password");
}
