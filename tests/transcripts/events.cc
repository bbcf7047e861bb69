#include "tests/transcripts/events.h"

#include <algorithm>
#include <utility>

namespace postern::transcripts {
namespace {

struct KindWord {
  std::string_view word;
  Verdict::Kind kind;
};
constexpr KindWord kKinds[] = {
    {"accepted", Verdict::Kind::Accepted},
    {"wrong-password", Verdict::Kind::WrongPassword},
    {"refused", Verdict::Kind::Refused},
    {"unavailable", Verdict::Kind::Unavailable},
    {"misconfigured", Verdict::Kind::Misconfigured},
    {"disabled", Verdict::Kind::Disabled},
    {"cancelled", Verdict::Kind::Cancelled},
};

std::string text_of(const Referral& to) {
  std::string text = to.where.text();
  if (!to.user.empty()) text += " " + to.user;
  if (!to.mechanism.empty()) text += " AUTH=" + to.mechanism;
  return text;
}

struct ToEvents {
  Events& events;

  void operator()(const Send& send) const {
    add_said(events, send.bytes, false);
  }
  void operator()(const SendSecret& send) const {
    add_said(events, send.bytes.view(), true);
  }
  void operator()(const StartTls&) const { add({"starttls", {}}); }
  void operator()(const LogIn& login) const {
    Mark mark{"login", {}};
    mark.add("user", login.who.user);
    mark.add("authid", login.who.authid);
    mark.add("secret", login.who.secret.view());
    mark.add("mechanism", login.who.mechanism);
    std::string prelude;
    for (const std::string& command : login.who.prelude)
      prelude += (prelude.empty() ? "" : ",") + command;
    mark.add("prelude", prelude);
    for (const IdField& field : login.fields)
      mark.add(field.name, field.value.value_or("NIL"));
    add(std::move(mark));
  }
  void operator()(const Told& told) const {
    const ToldIdentity& client = told.client;
    Mark mark{"told", {}};
    if (client.client)
      mark.add("client",
               client.client->with_port(client.client_port.value_or(0)).text());
    if (client.local)
      mark.add("local",
               client.local->with_port(client.local_port.value_or(0)).text());
    mark.add("name", client.name);
    mark.add("session", client.session);
    if (client.ttl) mark.add("ttl", std::to_string(*client.ttl));
    if (client.tls) mark.add("tls", *client.tls ? "yes" : "no");
    add(std::move(mark));
  }
  void operator()(const Challenge& challenge) const {
    Mark mark{"challenge", {}};
    mark.values.emplace_back("", challenge.base64);
    add(std::move(mark));
  }
  void operator()(const Response& response) const {
    Mark mark{"response", {}};
    mark.values.emplace_back("",
                             response.cancelled ? "*" : response.base64.view());
    add(std::move(mark));
  }
  void operator()(const Settled& settled) const {
    const Verdict& verdict = settled.verdict;
    Mark mark{"settled", {}};
    mark.add("",
             std::ranges::find(kKinds, verdict.kind, &KindWord::kind)->word);
    mark.add("code", verdict.code);
    mark.add("text", verdict.text);
    mark.add("capabilities", verdict.capabilities);
    mark.add("preamble", verdict.preamble);
    if (verdict.referral) mark.add("referral", text_of(*verdict.referral));
    mark.add("detail", verdict.detail);
    add(std::move(mark));
  }
  void operator()(const HangUp& hang_up) const {
    Mark mark{"hangup", {}};
    mark.add("reason", hang_up.reason);
    add(std::move(mark));
  }
  void add(Mark mark) const { events.push_back({{}, false, std::move(mark)}); }
};

bool same(const Mark& wanted, const Mark& got) {
  Mark seen{got.name, {}};
  for (const auto& [key, value] : got.values)
    if ((key != "detail" && key != "reason") || wanted.has(key))
      seen.values.emplace_back(key, value);
  return wanted.text() == seen.text();
}

bool same(const Event& wanted, const Event& got) {
  return wanted.said == got.said && wanted.secret == got.secret &&
         same(wanted.mark, got.mark);
}

}  // namespace

void add_said(Events& events, std::string_view octets, bool secret) {
  const bool goes_on = !events.empty() && events.back().mark.name.empty() &&
                       events.back().secret == secret;
  if (!goes_on) events.push_back({{}, secret});
  events.back().said += octets;
}

void add_action(Events& events, const Action& action) {
  std::visit(ToEvents{events}, action);
}

bool same_events(const Events& wanted, const Events& got) {
  return std::equal(wanted.begin(), wanted.end(), got.begin(), got.end(),
                    [](const Event& a, const Event& b) { return same(a, b); });
}

std::string show_events(const Events& events, std::string_view speaker) {
  std::string text;
  for (const Event& event : events) {
    if (!event.mark.name.empty()) {
      text += "      " + event.mark.text() + "\n";
      continue;
    }
    std::string_view left = event.said;
    while (!left.empty()) {
      const size_t end = left.find("\r\n");
      const bool whole = end != std::string_view::npos;
      text += "      " + std::string(speaker) + (event.secret ? "*: " : ": ") +
              escape(left.substr(0, end)) + (whole ? "\n" : "\\\n");
      left.remove_prefix(whole ? end + 2 : left.size());
    }
  }
  return text.empty() ? "      nothing\n" : text;
}

std::optional<Verdict::Kind> verdict_kind(std::string_view word) {
  const auto* found = std::ranges::find(kKinds, word, &KindWord::word);
  if (found == std::end(kKinds)) return std::nullopt;
  return found->kind;
}

}  // namespace postern::transcripts
