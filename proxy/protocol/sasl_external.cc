#include "proxy/protocol/sasl_external.h"

namespace postern {
namespace {

class External final : public Sasl {
 public:
  explicit External(SaslRules rules) : rules_(rules) {}

 private:
  SaslStep first_challenge() override { return SaslStep::challenge(""); }

  SaslStep respond(std::string_view message) override {
    const std::string_view reason =
        message.empty() ? std::string_view() : check_user(message, rules_);
    if (!reason.empty()) return SaslStep::refused(reason);
    return SaslStep::finished(message, Secret(), kExternal);
  }

  SaslRules rules_;
};

}  // namespace

std::unique_ptr<Sasl> make_external(SaslRules rules) {
  if (!rules.certified) return nullptr;
  return std::make_unique<External>(rules);
}

Secret external_message(const Credentials& who) {
  return Secret(who.user);
}

}  // namespace postern
