#include "proxy/protocol/sasl.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"

namespace postern {
namespace {

SaslStep malformed(std::string_view reason) {
  return {SaslStep::Kind::Malformed, std::string(reason)};
}

SaslStep refused(std::string_view reason) {
  return {SaslStep::Kind::Refused, std::string(reason)};
}

SaslStep challenge(std::string_view message) {
  return {SaslStep::Kind::Challenge, base64_encode(message)};
}

// The end of every mechanism: nothing leaves unchecked.
SaslStep finish(std::string_view user, std::string_view password,
                std::string_view mechanism, SaslLimits limits) {
  const std::string_view reason = check_credentials(user, password, limits);
  if (!reason.empty()) return refused(reason);
  SaslStep done{SaslStep::Kind::Finished};
  done.who.user = user;
  done.who.secret = Secret(password);
  done.who.mechanism = mechanism;
  return done;
}

// authzid NUL authcid NUL passwd (RFC 4616 section 2).
class Plain final : public Sasl {
 public:
  explicit Plain(SaslLimits limits) : limits_(limits) {}

 private:
  SaslStep first_challenge() override { return challenge(""); }

  SaslStep respond(std::string_view message) override {
    const std::vector<std::string_view> parts = split(message, '\0');
    if (parts.size() != 3) return malformed("not a PLAIN message");
    // To act for somebody else is a right we cannot check.  Dropping the name
    // silently would log in somebody the client did not ask for.
    if (!parts[0].empty() && parts[0] != parts[1])
      return refused("authorization for another user is not supported");
    return finish(parts[1], parts[2], "PLAIN", limits_);
  }

  SaslLimits limits_;
};

// Two questions, two answers (draft-murchison-sasl-login).
class Login final : public Sasl {
 public:
  explicit Login(SaslLimits limits) : limits_(limits) {}

 private:
  SaslStep first_challenge() override { return challenge("Username:"); }

  SaslStep respond(std::string_view message) override {
    if (user_) return finish(*user_, message, "LOGIN", limits_);
    const std::string_view reason = check_user(message, limits_);
    if (!reason.empty()) return refused(reason);
    user_ = message;
    return challenge("Password:");
  }

  SaslLimits limits_;
  std::optional<std::string> user_;
};

template <class Mechanism>
std::unique_ptr<Sasl> make(SaslLimits limits) {
  return std::make_unique<Mechanism>(limits);
}

struct Row {
  std::string_view name;
  std::unique_ptr<Sasl> (*make)(SaslLimits limits);
};

constexpr Row kMechanisms[] = {
    {"PLAIN", make<Plain>},
    {"LOGIN", make<Login>},
};

}  // namespace

SaslStep Sasl::start(std::optional<std::string_view> initial) {
  if (!initial) return first_challenge();
  return *initial == "=" ? respond("") : decode(*initial);
}

SaslStep Sasl::step(std::string_view line) {
  if (line == "*")
    return {SaslStep::Kind::Cancelled, "authentication cancelled"};
  return decode(line);
}

SaslStep Sasl::decode(std::string_view base64) {
  if (base64.size() > (kMaxSaslMessage + 2) / 3 * 4)
    return refused("message too long");
  const std::optional<Secret> message = base64_decode(base64);
  if (!message) return malformed("not base64");
  if (message->size() > kMaxSaslMessage) return refused("message too long");
  return respond(message->view());
}

std::unique_ptr<Sasl> make_sasl(std::string_view mechanism,
                                const std::vector<std::string>& allowed,
                                SaslLimits limits) {
  const auto named = [&](std::string_view name) {
    return same_text(name, mechanism);
  };
  if (std::none_of(allowed.begin(), allowed.end(), named)) return nullptr;
  for (const Row& row : kMechanisms)
    if (named(row.name)) return row.make(limits);
  return nullptr;
}

std::string_view check_user(std::string_view user, SaslLimits limits) {
  if (user.empty()) return "empty user name";
  if (user.size() > limits.max_user) return "user name too long";
  if (has_control(user)) return "control character in user name";
  return {};
}

std::string_view check_password(std::string_view password, SaslLimits limits) {
  if (password.empty()) return "empty password";
  if (password.size() > limits.max_password) return "password too long";
  if (has_control(password)) return "control character in password";
  return {};
}

std::string_view check_credentials(std::string_view user,
                                   std::string_view password,
                                   SaslLimits limits) {
  const std::string_view reason = check_user(user, limits);
  return reason.empty() ? check_password(password, limits) : reason;
}

}  // namespace postern
