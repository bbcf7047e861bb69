#include "proxy/protocol/sasl_password.h"

#include <optional>
#include <string>
#include <vector>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

// The end of both: nothing leaves unchecked.
SaslStep finish(std::string_view user, std::string_view password,
                std::string_view mechanism, SaslLimits limits) {
  const std::string_view reason = check_credentials(user, password, limits);
  if (!reason.empty()) return SaslStep::refused(reason);
  return SaslStep::finished(user, Secret(password), mechanism);
}

// authzid NUL authcid NUL passwd (RFC 4616 section 2).
class Plain final : public Sasl {
 public:
  explicit Plain(SaslLimits limits) : limits_(limits) {}

 private:
  SaslStep first_challenge() override { return SaslStep::challenge(""); }

  SaslStep respond(std::string_view message) override {
    const std::vector<std::string_view> parts = split(message, '\0');
    if (parts.size() != 3) return SaslStep::malformed("not a PLAIN message");
    // To act for somebody else is a right we cannot check.  Dropping the name
    // silently would log in somebody the client did not ask for.
    if (!parts[0].empty() && parts[0] != parts[1])
      return SaslStep::refused(kForeignAuthzid);
    return finish(parts[1], parts[2], "PLAIN", limits_);
  }

  SaslLimits limits_;
};

// Two questions, two answers (draft-murchison-sasl-login).
class Login final : public Sasl {
 public:
  explicit Login(SaslLimits limits) : limits_(limits) {}

 private:
  SaslStep first_challenge() override {
    return SaslStep::challenge("Username:");
  }

  SaslStep respond(std::string_view message) override {
    if (user_) return finish(*user_, message, "LOGIN", limits_);
    const std::string_view reason = check_user(message, limits_);
    if (!reason.empty()) return SaslStep::refused(reason);
    user_ = message;
    return SaslStep::challenge("Password:");
  }

  SaslLimits limits_;
  std::optional<std::string> user_;
};

}  // namespace

std::unique_ptr<Sasl> make_plain(SaslLimits limits) {
  return std::make_unique<Plain>(limits);
}

std::unique_ptr<Sasl> make_login(SaslLimits limits) {
  return std::make_unique<Login>(limits);
}

}  // namespace postern
