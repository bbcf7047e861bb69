#include "proxy/protocol/sasl_scram.h"

#include <optional>
#include <string>

#include "proxy/base/ascii.h"
#include "proxy/protocol/gs2.h"
#include "proxy/protocol/masters.h"

namespace postern {
namespace {

// The name in "n=…,r=…" and whatever extensions follow; nothing if it is not
// that, or begins with an extension that must be understood ("m=").
std::optional<std::string> name_in(std::string_view bare) {
  const size_t end = bare.find(',');
  if (!bare.starts_with("n=") || end == std::string_view::npos)
    return std::nullopt;
  const std::string_view rest = bare.substr(end + 1);
  const std::string_view nonce = rest.substr(0, rest.find(','));
  if (!nonce.starts_with("r=") || nonce.size() == 2) return std::nullopt;
  return decode_saslname(bare.substr(2, end - 2));
}

class Scram final : public Sasl {
 public:
  Scram(std::string_view name, SaslRules rules) : name_(name), rules_(rules) {}

 private:
  SaslStep first_challenge() override { return SaslStep::challenge(""); }

  SaslStep respond(std::string_view message) override {
    if (has_control(message))
      return SaslStep::refused("control character in the message");
    const auto header = read_gs2(message);
    const auto user = header ? name_in(header->rest) : std::nullopt;
    if (!user) return SaslStep::malformed("not a SCRAM message");
    const std::string_view reason = check_user(*user, rules_);
    if (!reason.empty()) return SaslStep::refused(reason);
    return act_for(header->authzid,
                   SaslStep::finished(*user, Secret(message), name_), rules_);
  }

  std::string_view name_;
  SaslRules rules_;
};

}  // namespace

std::unique_ptr<Sasl> make_scram_sha1(SaslRules rules) {
  return std::make_unique<Scram>("SCRAM-SHA-1", rules);
}

std::unique_ptr<Sasl> make_scram_sha256(SaslRules rules) {
  return std::make_unique<Scram>("SCRAM-SHA-256", rules);
}

Secret scram_message(const Credentials& who) {
  return Secret(who.secret.view());
}

bool scram_names_both(const Credentials& who) {
  const auto header = read_gs2(who.secret.view());
  return header && header->authzid == who.user && !who.authid.empty();
}

bool scram_expects_no_plus(const Credentials& who) {
  return starts_with_text(who.mechanism, "SCRAM-") &&
         who.secret.view().starts_with("y,");
}

}  // namespace postern
