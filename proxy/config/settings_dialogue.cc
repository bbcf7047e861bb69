// Settings of the conversation before the login.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

Status set_server_resp_line(Draft& draft, std::string_view value) {
  auto on = Flag::parse(value);
  if (!on) return std::move(on).error();
  draft.server_resp_line = *on;
  return Done{};
}

constexpr Kind kServerRespLine = {
    Flag::kPlaceholder, set_server_resp_line, [](const Draft& draft) {
      return draft.server_resp_line
                 ? std::vector{Flag::print(*draft.server_resp_line)}
                 : std::vector<std::string>();
    }};

const Setting kDialogueSettings[] = {
    {"greeting", 0, Scope::Service,
     kKind<NonEmptyText, &ServiceOptions::front, &FrontOptions::greeting>,
     "text of the greeting"},
    {"capability", 'I', Scope::Service, kKind<Text, &Draft::capability>,
     "imap_capability or pop_capability, whichever the protocol needs"},
    {"imap_capability", 0, Scope::Service, kKind<Text, &Draft::imap_capability>,
     "capabilities announced before the login, between blanks; STARTTLS and "
     "LOGINDISABLED come and go by themselves; empty: what Postern can do"},
    {"pop_capability", 0, Scope::Service, kKind<Text, &Draft::pop_capability>,
     "the same for POP3, between dots or double blanks; STLS and USER come "
     "and go by themselves"},
    {"ok_line", 'O', Scope::Service,
     kKind<Text, &ServiceOptions::front, &FrontOptions::ok_line>,
     "text after a successful login; empty: the backend's"},
    {"server_resp_line", 'o', Scope::Service, kServerRespLine,
     "pass on the backend's text after a login, even if there is ok_line; no: "
     "say it in Postern's words; unset: yes, but for ok_line",
     Support::Works, "server_ok_line"},
    {"login_disabled", 0, Scope::Service,
     kKind<Flag, &ServiceOptions::front, &FrontOptions::login_disabled>,
     "refuse every login"},
    {"sasl_mechanisms", 0, Scope::Service,
     kKind<Mechanisms, &ServiceOptions::front, &FrontOptions::mechanisms>,
     "SASL mechanisms offered to clients; empty: none"},
};

}  // namespace

std::span<const Setting> dialogue_settings() {
  return kDialogueSettings;
}

}  // namespace postern
