// The first octet chooses the mechanism, whether its first line is an initial
// response, and whether lines are base64 already or are encoded here.

#include <cstdint>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "proxy/protocol/sasl.h"
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

void check_step(const SaslStep& step) {
  fuzz::require(!has_control(step.text), "texts have no controls");
  if (step.kind == Kind::Challenge)
    fuzz::require(base64_decode(step.text).has_value(),
                  "challenges are base64");
  if (step.kind == Kind::Finished)
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
  const auto sasl =
      make_sasl((choice & 1) != 0 ? "LOGIN" : "plain", {"PLAIN", "LOGIN"}, {});
  bool initial = (choice & 2) != 0;
  SaslStep step{Kind::Challenge};
  if (!initial) step = sasl->start();

  int asked = 0;
  for (const std::string_view piece : split(said, '\n')) {
    check_step(step);
    if (step.kind != Kind::Challenge) break;
    fuzz::require(++asked <= 3, "an exchange ends");
    const std::string line =
        (choice & 4) != 0 ? base64_encode(piece) : std::string(piece);
    check_reading(line);
    step = initial ? sasl->start(line) : sasl->step(line);
    initial = false;
  }
  check_step(step);
  return 0;
}
