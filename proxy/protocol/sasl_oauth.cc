#include "proxy/protocol/sasl_oauth.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/ascii.h"
#include "proxy/protocol/gs2.h"

namespace postern {
namespace {

constexpr char kSeparator = '\x01';

// What both mechanisms are made of: "key=value" between separators, with an
// empty one at the end (RFC 7628 section 3.1).
class Fields {
 public:
  // Nothing if `message` is not written that way.
  static std::optional<Fields> read(std::string_view message) {
    Fields fields;
    fields.pieces_ = split(message, kSeparator);
    std::vector<std::string_view>& pieces = fields.pieces_;
    const bool ended =
        pieces.size() > 2 && pieces.back().empty() && pieces.end()[-2].empty();
    if (!ended) return std::nullopt;
    pieces.resize(pieces.size() - 2);
    if (!std::ranges::all_of(pieces, is_field)) return std::nullopt;
    return fields;
  }

  // Empty if it is not given, or more than once.
  std::string_view value(std::string_view key) const {
    std::string_view found;
    for (const std::string_view piece : pieces_) {
      const size_t equals = piece.find('=');
      if (piece.substr(0, equals) != key) continue;
      if (!found.empty()) return {};
      found = piece.substr(equals + 1);
    }
    return found;
  }

 private:
  static bool is_field(std::string_view piece) {
    const size_t equals = piece.find('=');
    return equals != std::string_view::npos && equals > 0 &&
           !has_control(piece);
  }

  std::vector<std::string_view> pieces_;
};

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

SaslStep finish(std::string_view user, std::string_view auth,
                std::string_view mechanism, SaslRules rules) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!starts_with_text(auth, kScheme))
    return SaslStep::malformed("no bearer token");
  const std::string_view token = auth.substr(kScheme.size());
  if (!is_token(token)) return SaslStep::refused("not a bearer token");
  const std::string_view reason = check_user(user, rules);
  if (!reason.empty()) return SaslStep::refused(reason);
  return SaslStep::finished(user, Secret(token), mechanism);
}

// user=… auth=Bearer … (developers.google.com/gmail/imap/xoauth2-protocol)
class Xoauth2 final : public Sasl {
 public:
  explicit Xoauth2(SaslRules rules) : rules_(rules) {}

 private:
  SaslStep first_challenge() override { return SaslStep::challenge(""); }

  SaslStep respond(std::string_view message) override {
    const auto fields = Fields::read(message);
    if (!fields) return SaslStep::malformed("not an XOAUTH2 message");
    return finish(fields->value("user"), fields->value("auth"), "XOAUTH2",
                  rules_);
  }

  SaslRules rules_;
};

// n,a=…, [host=… port=…] auth=Bearer …
class OauthBearer final : public Sasl {
 public:
  explicit OauthBearer(SaslRules rules) : rules_(rules) {}

 private:
  SaslStep first_challenge() override { return SaslStep::challenge(""); }

  SaslStep respond(std::string_view message) override {
    const auto header = read_gs2(message);
    const bool separated =
        header && !header->rest.empty() && header->rest.front() == kSeparator;
    const auto fields =
        separated ? Fields::read(header->rest.substr(1)) : std::nullopt;
    if (!fields) return SaslStep::malformed("not an OAUTHBEARER message");
    return finish(header->authzid, fields->value("auth"), "OAUTHBEARER",
                  rules_);
  }

  SaslRules rules_;
};

Secret message(const std::string& header, const Credentials& who) {
  Secret all(header);
  all.append(
      "\x01"
      "auth=Bearer ");
  all.append(who.secret.view());
  all.append("\x01\x01");
  return all;
}

}  // namespace

std::unique_ptr<Sasl> make_xoauth2(SaslRules rules) {
  return std::make_unique<Xoauth2>(rules);
}

std::unique_ptr<Sasl> make_oauthbearer(SaslRules rules) {
  return std::make_unique<OauthBearer>(rules);
}

Secret xoauth2_message(const Credentials& who) {
  return message("user=" + who.user, who);
}

// Without host and port: those the client knows are ours.
Secret oauthbearer_message(const Credentials& who) {
  return message("n,a=" + encode_saslname(who.user) + ",", who);
}

}  // namespace postern
