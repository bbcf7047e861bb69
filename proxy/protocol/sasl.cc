#include "proxy/protocol/sasl.h"

#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "proxy/protocol/masters.h"
#include "proxy/protocol/mechanisms.h"

namespace postern {
namespace {

constexpr std::string_view kCancelled = "authentication cancelled";
constexpr std::string_view kNotBase64 = "not base64";

}  // namespace

SaslStep SaslStep::challenge(std::string_view message) {
  return {Kind::Challenge, base64_encode(message)};
}

SaslStep SaslStep::finished(std::string_view user, Secret secret,
                            std::string_view mechanism) {
  SaslStep done{Kind::Finished};
  done.who.user = user;
  done.who.secret = std::move(secret);
  done.who.mechanism = mechanism;
  return done;
}

SaslStep SaslStep::malformed(std::string_view reason) {
  return {Kind::Malformed, std::string(reason)};
}

SaslStep SaslStep::refused(std::string_view reason) {
  return {Kind::Refused, std::string(reason)};
}

SaslStep Sasl::start(std::optional<std::string_view> initial) {
  if (!initial) return first_challenge();
  return *initial == "=" ? hear("") : decode(*initial);
}

SaslStep Sasl::step(std::string_view line) {
  if (line == "*") return {SaslStep::Kind::Cancelled, std::string(kCancelled)};
  return decode(line);
}

SaslStep Sasl::decode(std::string_view base64) {
  if (base64.size() > (max_message_ + 2) / 3 * 4)
    return SaslStep::refused("message too long");
  const std::optional<Secret> message = base64_decode(base64);
  if (!message) return SaslStep::malformed(kNotBase64);
  if (message->size() > max_message_)
    return SaslStep::refused("message too long");
  return hear(message->view());
}

SaslStep Sasl::hear(std::string_view message) {
  SaslStep step = respond(message);
  if (step.kind != SaslStep::Kind::Finished) return step;
  const std::string_view reason = settle_names(step.who, rules_);
  return reason.empty() ? std::move(step) : SaslStep::refused(reason);
}

std::unique_ptr<Sasl> make_sasl(std::string_view mechanism,
                                const std::vector<std::string>& allowed,
                                SaslRules rules) {
  const Mechanism* row = find_mechanism(mechanism, allowed);
  if (row == nullptr) return nullptr;
  auto sasl = row->make(rules);
  if (sasl) sasl->go_by(row->max_message, rules);
  return sasl;
}

Response relayed_response(std::string_view line, std::string_view& problem) {
  problem = {};
  if (line == "*")
    problem = kCancelled;
  else if (!base64_decode(line))
    problem = kNotBase64;
  if (!problem.empty()) return {.base64 = {}, .cancelled = true};
  return {.base64 = Secret(line)};
}

std::string_view check_user(std::string_view user, SaslRules rules) {
  if (user.empty()) return "empty user name";
  if (user.size() > rules.max_user) return "user name too long";
  if (has_control(user)) return "control character in user name";
  return {};
}

std::string_view check_password(std::string_view password, SaslRules rules) {
  if (password.empty()) return "empty password";
  if (password.size() > rules.max_password) return "password too long";
  if (has_control(password)) return "control character in password";
  return {};
}

std::string_view check_credentials(std::string_view user,
                                   std::string_view password, SaslRules rules) {
  const std::string_view reason = check_user(user, rules);
  return reason.empty() ? check_password(password, rules) : reason;
}

}  // namespace postern
