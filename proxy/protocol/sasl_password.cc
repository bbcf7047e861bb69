#include "proxy/protocol/sasl_password.h"

#include <optional>
#include <string>
#include <vector>

#include "proxy/base/ascii.h"
#include "proxy/protocol/masters.h"

namespace postern {
namespace {

// The end of both: nothing leaves unchecked.
SaslStep finish(std::string_view user, std::string_view password,
                std::string_view mechanism, SaslRules rules) {
  const std::string_view reason = check_credentials(user, password, rules);
  if (!reason.empty()) return SaslStep::refused(reason);
  return SaslStep::finished(user, Secret(password), mechanism);
}

// authzid NUL authcid NUL passwd (RFC 4616 section 2).
class Plain final : public Sasl {
 public:
  explicit Plain(SaslRules rules) : rules_(rules) {}

 private:
  SaslStep first_challenge() override { return SaslStep::challenge(""); }

  SaslStep respond(std::string_view message) override {
    const std::vector<std::string_view> parts = split(message, '\0');
    if (parts.size() != 3) return SaslStep::malformed("not a PLAIN message");
    return act_for(parts[0], finish(parts[1], parts[2], "PLAIN", rules_),
                   rules_);
  }

  SaslRules rules_;
};

// Two questions, two answers (draft-murchison-sasl-login).
class Login final : public Sasl {
 public:
  explicit Login(SaslRules rules) : rules_(rules) {}

 private:
  SaslStep first_challenge() override {
    return SaslStep::challenge("Username:");
  }

  SaslStep respond(std::string_view message) override {
    if (user_) return finish(*user_, message, "LOGIN", rules_);
    const std::string_view reason = check_user(message, rules_);
    if (!reason.empty()) return SaslStep::refused(reason);
    user_ = message;
    return SaslStep::challenge("Password:");
  }

  SaslRules rules_;
  std::optional<std::string> user_;
};

}  // namespace

std::unique_ptr<Sasl> make_plain(SaslRules rules) {
  return std::make_unique<Plain>(rules);
}

std::unique_ptr<Sasl> make_login(SaslRules rules) {
  return std::make_unique<Login>(rules);
}

}  // namespace postern
