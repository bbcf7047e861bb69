#include "proxy/config/check_masters.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/config/pool_setting.h"
#include "proxy/protocol/sasl_external.h"

namespace postern {
namespace {

using Severity = Problem::Severity;

bool can_log_in(const BackSideOptions& side) {
  return !side.master_user.empty() || side.shows_certificate();
}

class MastersCheck {
 public:
  MastersCheck(const Section& section, const Section& daemon,
               std::vector<Problem>& problems)
      : section_(section),
        service_(section.draft.service),
        daemon_(daemon),
        problems_(problems) {}

  void run() {
    check_separator();
    check_side(service_.back, {});
    for (const auto& [pool, side] : service_.pool_backs)
      check_side(side, pool);
    if (service_.front.takes(kExternal)) check_external();
  }

 private:
  // At the line of the pool if that is where it comes from.
  void say(std::string_view setting, std::string text, std::string_view pool,
           Severity severity = Severity::Error) {
    problems_.push_back(
        located({severity, {}, std::string(setting), std::move(text)}, section_,
                daemon_, pool));
  }

  void check_separator() {
    const char separator = service_.back.master_separator;
    if (separator != '\0' &&
        service_.names.domain_delimiter.find(separator) != std::string::npos)
      say("master_user_separator",
          "this is in domain_delimiter too, expected another character", {});
  }

  void check_side(const BackSideOptions& side, std::string_view pool) {
    const bool user = !side.master_user.empty();
    const bool file = !side.master_password_file.empty();
    if (user && !file)
      say("master_user", "master_password_file is not set, expected both",
          pool);
    if (file && !user)
      say("master_password_file", "master_user is not set, expected both",
          pool);
    if (user && side.dialogue.upgrade == BackOptions::Upgrade::IfOffered)
      say("master_user",
          "tls_outgoing goes on in the clear where TLS is not offered, and "
          "this password opens every mailbox: expected tls_outgoing_force or "
          "ssl_outgoing",
          pool);
  }

  void check_external() {
    const bool tls = service_.ssl.listen || service_.ssl.starttls;
    if (!tls ||
        service_.tls_front.client_certificates == ClientCertificates::Off)
      say("sasl_mechanisms",
          "EXTERNAL goes by the client's certificate, expected TLS with "
          "clients and ssl_client_cert_verify",
          {});
    // A name in a certificate would tell where the password goes.
    if (service_.client_server_specification)
      say("sasl_mechanisms",
          "EXTERNAL does not go with client_server_specification, expected "
          "only one of them",
          {});
    check_ways();
  }

  // Without a password of the user's there must be another way.
  void check_ways() {
    constexpr std::string_view kExpected =
        "expected master_user or ssl_outgoing_cert_file (with TLS)";
    const auto& pools = service_.pool_backs;
    const bool somewhere = can_log_in(service_.back) ||
                           std::ranges::any_of(pools, [](const auto& each) {
                             return can_log_in(each.second);
                           });
    if (!somewhere)
      return say("sasl_mechanisms",
                 "EXTERNAL leaves us without a password for the backends, " +
                     std::string(kExpected),
                 {});
    for (const auto& [pool, side] : pools)
      if (!can_log_in(side))
        say("sasl_mechanisms",
            "who logs in by EXTERNAL has no way into pool " + pool + ", " +
                std::string(kExpected),
            {}, Severity::Warning);
  }

  const Section& section_;
  const ServiceOptions& service_;
  const Section& daemon_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check_masters(const Section& section, const Section& daemon,
                   std::vector<Problem>& problems) {
  MastersCheck(section, daemon, problems).run();
}

}  // namespace postern
