#include "proxy/config/check_back.h"

#include <string>
#include <string_view>
#include <utility>

#include "proxy/config/pool_setting.h"
#include "proxy/session/password_file.h"

namespace postern {
namespace {

using Severity = Problem::Severity;

// One back side: the service's own, or that of one of its pools.
class BackCheck {
 public:
  BackCheck(const Section& section, const Section& daemon, std::string pool,
            std::vector<Problem>& problems)
      : section_(section),
        daemon_(daemon),
        pool_(std::move(pool)),
        problems_(problems) {}

  void run(const BackSideOptions& side) {
    check_master(side);
    if (!side.can_tls()) return check_unused();
    for (TlsProblem& problem : check_tls(side.tls))
      say(problem.warning ? Severity::Warning : Severity::Error,
          problem.setting, std::move(problem.text));
    check_trust(side);
  }

 private:
  // At the pool's line if that is where it comes from.
  void say(Severity severity, std::string_view setting, std::string text) {
    problems_.push_back(
        located({severity, {}, std::string(setting), std::move(text)}, section_,
                daemon_, pool_));
  }

  void check_master(const BackSideOptions& side) {
    if (side.master_user.empty() || side.master_password_file.empty()) return;
    if (const auto password = read_private_password(side.master_password_file);
        !password)
      say(Severity::Error, "master_password_file", password.error().text);
    const bool unverified =
        side.can_tls() && !side.tls.verify_chain && side.tls.pins.empty();
    if (unverified)
      say(Severity::Warning, "master_user",
          "backends are not verified: whoever is in between can read the "
          "password that opens every mailbox");
  }

  void check_trust(const BackSideOptions& side) {
    const TlsClientOptions& tls = side.tls;
    const bool pinned = !tls.pins.empty();
    if (!tls.verify_chain && !pinned)
      say(Severity::Warning, "ssl_no_cert_verify",
          "backends are not verified: whoever is in between can read "
          "passwords; ssl_outgoing_pin would tell who they are");
    else if (!tls.verify_name && !pinned)
      say(Severity::Warning, "ssl_no_cn_verify",
          "a certificate for any name is taken: whoever has one from these "
          "authorities can read passwords");
    const bool may_be_clear =
        side.dialogue.upgrade == BackOptions::Upgrade::IfOffered;
    if (pinned && may_be_clear)
      say(Severity::Warning, "ssl_outgoing_pin",
          "tls_outgoing goes on in the clear where TLS is not offered, pin or "
          "not: expected tls_outgoing_force or ssl_outgoing");
  }

  // Given for this pool, or this service alone, and of no use to it.
  void check_unused() {
    for (const std::string_view setting :
         {"ssl_outgoing_pin", "ssl_outgoing_name", "ssl_outgoing_cert_file",
          "ssl_crl_file"}) {
      const Given* given = section_.find(setting);
      const bool own =
          pool_.empty()
              ? given != nullptr && given->layer == Layer::Service
              : pool_setting_origin(daemon_, pool_, setting) != nullptr;
      if (own)
        say(Severity::Warning, setting,
            "is not used, ssl_mode asks for no TLS to these backends");
    }
  }

  const Section& section_;
  const Section& daemon_;
  const std::string pool_;  // empty: of no pool in particular
  std::vector<Problem>& problems_;
};

}  // namespace

void check_backs(const Section& section, const Section& daemon,
                 std::vector<Problem>& problems) {
  const ServiceOptions& service = section.draft.service;
  BackCheck(section, daemon, {}, problems).run(service.back);
  for (const auto& [pool, side] : service.pool_backs)
    BackCheck(section, daemon, pool, problems).run(side);
}

}  // namespace postern
