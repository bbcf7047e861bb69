// The first octet chooses the mechanism (bits 0, 3 and 4), whether its first
// line is an initial response, whether lines are base64 already or are encoded
// here, and whether one may log in for another (bits 5 and 6).  With bit 7 the
// client has a certificate, and PLAIN is EXTERNAL.

#include <cstdint>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/sasl_external.h"
#include "tests/fuzz/require.h"

using namespace postern;

namespace {

using Kind = SaslStep::Kind;

// Reading is strict: what can be decoded has only one way of being written.
void check_reading(std::string_view line) {
  if (const auto decoded = base64_decode(line))
    fuzz::require(base64_encode(decoded->view()) == line,
                  "base64 has one spelling");
}

void check_names(const Credentials& who, SaslRules rules) {
  const bool nobody = who.mechanism == kExternal && who.user.empty();
  fuzz::require(nobody || check_user(who.user, {}).empty(),
                "the name is checked");
  if (who.authid.empty()) return;
  fuzz::require(rules.for_others, "nobody logs in for another unasked");
  fuzz::require(check_user(who.authid, {}).empty(), "both names are checked");
}

// What goes to the backend is understood there as it was here.
void check_relayed(const Credentials& who, SaslRules rules) {
  fuzz::require(!has_control(who.secret.view()), "the secret is checked");
  const Mechanism& row = *relayed_mechanism(who);
  const Secret message = row.first_message(who);
  // Names that were told as one stay so until a backend is known.
  if (!who.authid.empty() && !row.binds_name) return;
  const auto again = make_sasl(row.name, {std::string(row.name)}, rules);
  const SaslStep step = again->start(base64_encode(message.view()));
  fuzz::require(step.kind == Kind::Finished && step.who.user == who.user &&
                    step.who.authid == who.authid &&
                    step.who.secret.view() == who.secret.view(),
                "the first message says the same again");
}

std::string_view mechanism(unsigned choice) {
  static constexpr std::string_view kNames[] = {
      "plain",       "LOGIN",       "XOAUTH2",       "SCRAM-SHA-1",
      "OAUTHBEARER", "OAUTHBEARER", "SCRAM-SHA-256", "XOAUTH2"};
  return kNames[(choice & 1) | (choice >> 2 & 6)];
}

void check_step(const SaslStep& step, SaslRules rules) {
  fuzz::require(!has_control(step.text), "texts have no controls");
  if (step.kind == Kind::Challenge)
    fuzz::require(base64_decode(step.text).has_value(),
                  "challenges are base64");
  if (step.kind != Kind::Finished) return;
  check_names(step.who, rules);
  if (relayed_mechanism(step.who) != nullptr)
    return check_relayed(step.who, rules);
  fuzz::require(
      check_credentials(step.who.user, step.who.secret.view(), {}).empty(),
      "credentials are checked");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const unsigned choice = data[0];
  const std::string_view said(reinterpret_cast<const char*>(data + 1),
                              size - 1);
  std::string name(mechanism(choice));
  SaslRules rules;
  rules.for_others = (choice >> 5 & 1) != 0;
  if ((choice >> 6 & 1) != 0) rules.separator = '*';
  rules.certified = choice >> 7 != 0;
  if (rules.certified && name == "plain") name = kExternal;
  const auto sasl = make_sasl(name, {name}, rules);
  bool initial = (choice & 2) != 0;
  SaslStep step{Kind::Challenge};
  if (!initial) step = sasl->start();

  int asked = 0;
  for (const std::string_view piece : split(said, '\n')) {
    check_step(step, rules);
    if (step.kind != Kind::Challenge) break;
    fuzz::require(++asked <= 3, "an exchange ends");
    const std::string line =
        (choice & 4) != 0 ? base64_encode(piece) : std::string(piece);
    check_reading(line);
    step = initial ? sasl->start(line) : sasl->step(line);
    initial = false;
  }
  check_step(step, rules);
  return 0;
}
