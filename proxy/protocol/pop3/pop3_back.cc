#include "proxy/protocol/pop3/pop3_back.h"

#include <string>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "proxy/protocol/back_login.h"
#include "proxy/protocol/line_buffer.h"
#include "proxy/protocol/pop3/pop3_capa.h"
#include "proxy/protocol/pop3/pop3_verdict.h"
#include "proxy/protocol/refusal.h"
#include "proxy/protocol/word_list.h"

namespace postern {
namespace {

constexpr size_t kMaxCommand = 255;  // octets with CRLF (RFC 2449 section 4)

// Owned by one session, used by its thread alone.
class Pop3Back final : public Back {
 public:
  Pop3Back(const BackOptions& options, const Credentials& who)
      : options_(options), who_(who), lines_(options.max_line) {}

  void feed(std::string_view bytes, Actions& out) override;
  void introduce(const ClientIdentity& client, Introduce how) override;
  Introduced introduced() const override { return introduced_; }
  void recall(const std::optional<std::string>& offered) override {
    recalled_ = offered;
    curious_ = !offered;
  }
  std::optional<std::string> offered() const override;
  void tls_started(Actions& out) override;
  void respond(const Response& answer, Actions& out) override;
  void closed(Actions& out) override;
  bool greeted() const override { return greeted_; }
  std::string take_rest() override { return lines_.take_all(); }

 private:
  using Handler = void (Pop3Back::*)(std::string_view line, Actions& out);

  void on_line(std::string_view line, Actions& out);
  void on_greeting(std::string_view line, Actions& out);
  void on_capa(std::string_view line, Actions& out);
  void on_capa_list(std::string_view line, Actions& out);
  void on_lang(std::string_view line, Actions& out);
  void on_lang_list(std::string_view line, Actions& out);
  void on_prelude(std::string_view line, Actions& out);
  void on_stls(std::string_view line, Actions& out);
  void on_user(std::string_view line, Actions& out);
  void on_auth_ready(std::string_view line, Actions& out);
  void on_relay_ready(std::string_view line, Actions& out);
  void on_relayed(std::string_view line, Actions& out);
  void on_verdict(std::string_view line, Actions& out);
  void on_xclient(std::string_view line, Actions& out);

  // `stage` names what we wait for in the log; the next line is for `handler`,
  // or must not come at all if that is null.
  void await(std::string_view stage, Handler handler);
  void send(std::string_view command, Actions& out);
  void send_secret(std::string_view prefix, std::string_view secret,
                   Actions& out);
  void read_lines(Actions& out);
  void ask_capa(void (Pop3Back::*then)(Actions& out), Actions& out);
  void upgrade(Actions& out);
  void start_tls(Actions& out);
  void note_offer(std::string_view greeting);
  void send_xclient(Actions& out);
  void log_in(Actions& out);
  void ask_languages(Actions& out);
  void tell_prelude(Actions& out);
  void tell_who(Actions& out);
  void auth_plain(Actions& out);
  void begin_relay(Actions& out);
  // As an initial response if the line may be that long (RFC 5034 section 4),
  // which saves a round trip; else when it is asked for, by `ready`.
  void authenticate(std::string_view command, const Secret& response,
                    Handler ready, Handler then, Actions& out);

  void refused(std::string_view line, Actions& out);
  void fail(std::string_view what, Actions& out);
  void miss_tls(std::string what, Actions& out);
  void settle(Verdict verdict, Actions& out);
  std::string quoted(std::string_view line) const {
    return quoted_reply(line, who_, response_.view());
  }

  const BackOptions& options_;
  const Credentials& who_;
  LineBuffer lines_;
  std::string stage_ = "greeting";
  Handler handler_ = &Pop3Back::on_greeting;
  bool greeted_ = false;
  bool settled_ = false;
  bool accepted_ = false;
  void (Pop3Back::*after_capa_)(Actions& out) = nullptr;
  bool curious_ = false;  // to find out what the server offers
  bool asked_ = false;    // where the login takes place
  std::optional<std::string> recalled_;
  std::optional<std::string> offered_;      // so far, in this state of TLS
  size_t told_ = 0;                         // of the prelude
  const ClientIdentity* client_ = nullptr;  // to be told of, if that is wanted
  bool xclient_offered_ = false;
  bool xclient_sent_ = false;  // and not answered yet
  Introduced introduced_ = Introduced::Nothing;
  int challenges_ = 0;     // relayed so far
  bool relaying_ = false;  // the client is to answer one
  Secret response_;        // what it said last
  size_t octets_ = 0;      // of the lines so far
  int line_count_ = 0;
};

void Pop3Back::feed(std::string_view bytes, Actions& out) {
  if (settled_) {
    if (accepted_) lines_.append(bytes);
    return;
  }
  lines_.append(bytes);
  read_lines(out);
}

// Not while the client is asked: what follows is about its answer.
void Pop3Back::read_lines(Actions& out) {
  while (!settled_ && handler_ != nullptr && !relaying_) {
    const auto line = lines_.next();
    if (!line) break;
    on_line(*line, out);
  }
  if (settled_ || relaying_) return;
  if (handler_ == nullptr && !lines_.empty())
    return fail("plaintext behind the reply to STLS", out);
  if (lines_.too_long()) fail("line too long", out);
}

void Pop3Back::on_line(std::string_view line, Actions& out) {
  octets_ += line.size();
  if (++line_count_ > options_.max_lines || octets_ > options_.max_total)
    return fail("too much talk before the login", out);
  if (xclient_sent_) return on_xclient(line, out);
  (this->*handler_)(line, out);
}

void Pop3Back::on_greeting(std::string_view line, Actions& out) {
  greeted_ = true;
  if (Pop3Reply::read(line).kind != Pop3Reply::Kind::Ok)
    return fail(quoted(line), out);
  note_offer(Pop3Reply::read(line).text);
  switch (options_.upgrade) {
    case BackOptions::Upgrade::Never:
      if (!options_.stop_before_login) return log_in(out);
      [[fallthrough]];
    case BackOptions::Upgrade::IfOffered:
      return ask_capa(&Pop3Back::upgrade, out);
    case BackOptions::Upgrade::Required:
      return start_tls(out);  // asking CAPA first would tell us nothing more
  }
}

void Pop3Back::ask_capa(void (Pop3Back::*then)(Actions& out), Actions& out) {
  offered_.emplace();
  asked_ = true;
  after_capa_ = then;
  await("CAPA", &Pop3Back::on_capa);
  send("CAPA", out);
}

void Pop3Back::on_capa(std::string_view line, Actions& out) {
  switch (Pop3Reply::read(line).kind) {
    case Pop3Reply::Kind::Ok:
      return await("CAPA", &Pop3Back::on_capa_list);
    case Pop3Reply::Kind::Err:  // older than RFC 2449, hence without any
      return (this->*after_capa_)(out);
    default:
      return fail(quoted(line), out);
  }
}

void Pop3Back::on_capa_list(std::string_view line, Actions& out) {
  if (line != ".") return add_capa_line(line, *offered_);
  add_word(*offered_, kPop3Listed);
  (this->*after_capa_)(out);
}

void Pop3Back::upgrade(Actions& out) {
  const bool wanted = options_.upgrade != BackOptions::Upgrade::Never;
  if (wanted && has_word(*offered_, "STLS"))
    start_tls(out);
  else
    log_in(out);
}

void Pop3Back::start_tls(Actions& out) {
  await("STLS", &Pop3Back::on_stls);
  send("STLS", out);
}

void Pop3Back::on_stls(std::string_view line, Actions& out) {
  if (Pop3Reply::read(line).kind != Pop3Reply::Kind::Ok)
    return miss_tls("not possible: " + quoted(line), out);
  await("TLS handshake", nullptr);
  // Whatever follows in the clear is not the backend's answer to anything we
  // say behind the handshake; feed() ends the dialogue.
  if (lines_.empty()) out.emplace_back(StartTls{});
}

void Pop3Back::tls_started(Actions& out) {
  offered_.reset();
  asked_ = false;
  if (!settled_) log_in(out);
}

// ---- whose login it is (Dovecot's XCLIENT)

void Pop3Back::introduce(const ClientIdentity& client, Introduce how) {
  if (how == Introduce::All) client_ = &client;
}

// Told in the greeting alone, so that TLS may come after it.  Forged, it makes
// us say by TLS to the server what it will take for idle talk.
void Pop3Back::note_offer(std::string_view greeting) {
  if (client_ == nullptr) return;
  xclient_offered_ = starts_with_text(greeting, "[XCLIENT]");
  if (!xclient_offered_)
    introduced_ = is_dovecot(greeting) || is_postern(greeting)
                      ? Introduced::Untrusted
                      : Introduced::NotOffered;
}

// In one piece with what logs in, to save a round trip.
void Pop3Back::send_xclient(Actions& out) {
  if (!xclient_offered_) return;
  std::string command = "XCLIENT";
  for (const auto& [name, value] :
       show_identity(IdentityDialect::Xclient, *client_))
    command.append(" ").append(name).append("=").append(value);
  send(command, out);
  xclient_sent_ = true;
}

void Pop3Back::on_xclient(std::string_view line, Actions& out) {
  const Pop3Reply reply = Pop3Reply::read(line);
  xclient_sent_ = false;
  if (reply.kind == Pop3Reply::Kind::Ok) {
    const bool ignored = reply.text.find("ignor") != reply.text.npos;
    introduced_ = ignored ? Introduced::Untrusted : Introduced::Trusted;
    return;
  }
  if (reply.kind != Pop3Reply::Kind::Err) return fail(quoted(line), out);
  Verdict verdict;
  verdict.kind = Verdict::Kind::Misconfigured;
  verdict.detail = "XCLIENT refused: " + quoted(line);
  settle(std::move(verdict), out);
}

// ----

void Pop3Back::log_in(Actions& out) {
  if (options_.stop_before_login) {
    accepted_ = true;
    return settle({.kind = Verdict::Kind::Accepted}, out);
  }
  send_xclient(out);
  if (!offered_) offered_ = recalled_;
  const bool must_know =
      curious_ || relayed_mechanism(who_) != nullptr || !who_.authid.empty();
  if (!offered_ && must_know) return ask_capa(&Pop3Back::ask_languages, out);
  ask_languages(out);
}

// Without them nobody can be offered a choice (RFC 6856 section 3).
void Pop3Back::ask_languages(Actions& out) {
  const bool wanted = curious_ && asked_ && has_word(*offered_, "LANG");
  if (!wanted) return tell_prelude(out);
  await("LANG", &Pop3Back::on_lang);
  send("LANG", out);
}

void Pop3Back::on_lang(std::string_view line, Actions& out) {
  switch (Pop3Reply::read(line).kind) {
    case Pop3Reply::Kind::Ok:
      return await("LANG", &Pop3Back::on_lang_list);
    case Pop3Reply::Kind::Err:
      return tell_prelude(out);
    default:
      return fail(quoted(line), out);
  }
}

void Pop3Back::on_lang_list(std::string_view line, Actions& out) {
  if (line == ".") return tell_prelude(out);
  add_language(line, *offered_);
}

void Pop3Back::tell_prelude(Actions& out) {
  if (told_ == who_.prelude.size()) return tell_who(out);
  const std::string& command = who_.prelude[told_++];
  await(command, &Pop3Back::on_prelude);
  send(command, out);
}

// The client has been told that it is so.
void Pop3Back::on_prelude(std::string_view line, Actions& out) {
  if (Pop3Reply::read(line).kind != Pop3Reply::Kind::Ok)
    return fail(quoted(line), out);
  tell_prelude(out);
}

void Pop3Back::tell_who(Actions& out) {
  const std::string offers =
      offered_ ? words_behind(*offered_, "AUTH=") : std::string();
  if (auto barrier = relay_barrier(who_, offers); !barrier.empty())
    return settle(not_offered(std::move(barrier)), out);
  if (relayed_mechanism(who_) != nullptr) return begin_relay(out);
  // One round trip less than USER and PASS; and USER takes one word only (RFC
  // 1939 section 3).
  const bool plain = offered_ && has_word(*offered_, "AUTH=PLAIN");
  if (plain || who_.user.find(' ') != who_.user.npos) return auth_plain(out);
  await("USER", &Pop3Back::on_user);
  send("USER " + who_.user, out);
}

void Pop3Back::on_user(std::string_view line, Actions& out) {
  if (Pop3Reply::read(line).kind != Pop3Reply::Kind::Ok)
    return refused(line, out);
  await("PASS", &Pop3Back::on_verdict);
  send_secret("PASS ", who_.secret.view(), out);
}

void Pop3Back::auth_plain(Actions& out) {
  authenticate("AUTH PLAIN", plain_response(who_), &Pop3Back::on_auth_ready,
               &Pop3Back::on_verdict, out);
}

void Pop3Back::authenticate(std::string_view command, const Secret& response,
                            Handler ready, Handler then, Actions& out) {
  if (command.size() + 1 + response.size() + 2 > kMaxCommand) {
    await(command, ready);
    return send(command, out);
  }
  await(command, then);
  send_secret(std::string(command) + " ", response.view(), out);
}

void Pop3Back::on_auth_ready(std::string_view line, Actions& out) {
  if (Pop3Reply::read(line).kind != Pop3Reply::Kind::Continue)
    return refused(line, out);
  await("AUTH PLAIN", &Pop3Back::on_verdict);
  send_secret("", plain_response(who_).view(), out);
}

// ---- what only the client can answer

void Pop3Back::begin_relay(Actions& out) {
  const Mechanism& mechanism = *relayed_mechanism(who_);
  authenticate("AUTH " + std::string(mechanism.name),
               relayed_message(mechanism, who_), &Pop3Back::on_relay_ready,
               &Pop3Back::on_relayed, out);
}

void Pop3Back::on_relay_ready(std::string_view line, Actions& out) {
  if (Pop3Reply::read(line).kind != Pop3Reply::Kind::Continue)
    return refused(line, out);
  handler_ = &Pop3Back::on_relayed;
  send_secret("", relayed_message(*relayed_mechanism(who_), who_).view(), out);
}

void Pop3Back::on_relayed(std::string_view line, Actions& out) {
  const Pop3Reply reply = Pop3Reply::read(line);
  if (reply.kind != Pop3Reply::Kind::Continue) return on_verdict(line, out);
  if (!client_answers(who_)) return refused(line, out);
  const bool fit = base64_decode(reply.text).has_value();
  if (!fit || ++challenges_ > kMostChallenges) {
    send("*", out);
    return fail(fit ? "more challenges than the mechanism needs"
                    : "a challenge that is not base64",
                out);
  }
  relaying_ = true;
  out.emplace_back(Challenge{std::string(reply.text)});
}

void Pop3Back::respond(const Response& answer, Actions& out) {
  if (!relaying_ || settled_) return;
  relaying_ = false;
  if (answer.cancelled) {
    send("*", out);
    return settle(called_off(*relayed_mechanism(who_)), out);
  }
  response_ = Secret(answer.base64.view());
  send_secret("", answer.base64.view(), out);
  read_lines(out);
}

// ---- the end

// Of a server that has kept silent or got angry: nothing, so that it is not
// asked again.
std::optional<std::string> Pop3Back::offered() const {
  if (!asked_) return std::nullopt;
  std::string words;
  for (const std::string_view word : split(*offered_, ' '))
    if (!word.empty() && !starts_with_text(word, "AUTH=") &&
        !same_text(word, "STLS"))
      add_word(words, word);
  const std::string mechanisms = relayable(*offered_);
  for (const std::string_view word : split(mechanisms, ' '))
    if (!word.empty()) add_word(words, word);
  return words;
}

void Pop3Back::on_verdict(std::string_view line, Actions& out) {
  const Pop3Reply reply = Pop3Reply::read(line);
  if (reply.kind != Pop3Reply::Kind::Ok) return refused(line, out);
  Verdict verdict;
  verdict.kind = Verdict::Kind::Accepted;
  verdict.text = plain_text(reply.text);
  accepted_ = true;
  settle(std::move(verdict), out);
}

// A reply other than the +OK that would carry the login on.
void Pop3Back::refused(std::string_view line, Actions& out) {
  const Pop3Reply reply = Pop3Reply::read(line);
  if (reply.kind == Pop3Reply::Kind::Continue) send("*", out);  // not that far
  if (reply.kind != Pop3Reply::Kind::Err) return fail(quoted(line), out);
  Verdict verdict = pop3_login_refused(reply.text);
  verdict.detail.insert(0, quoted(line) + (verdict.detail.empty() ? "" : ": "));
  settle(std::move(verdict), out);
}

void Pop3Back::closed(Actions& out) {
  if (!settled_) fail("connection closed by the backend", out);
}

void Pop3Back::await(std::string_view stage, Handler handler) {
  stage_ = stage;
  handler_ = handler;
}

void Pop3Back::send(std::string_view command, Actions& out) {
  out.emplace_back(Send{std::string(command) + "\r\n"});
}

void Pop3Back::send_secret(std::string_view prefix, std::string_view secret,
                           Actions& out) {
  SendSecret line;
  line.bytes.append(prefix);
  line.bytes.append(secret);
  line.bytes.append("\r\n");
  out.emplace_back(std::move(line));
}

void Pop3Back::fail(std::string_view what, Actions& out) {
  Verdict verdict;
  verdict.kind = Verdict::Kind::Unavailable;
  verdict.detail = what;
  settle(std::move(verdict), out);
}

void Pop3Back::miss_tls(std::string what, Actions& out) {
  Verdict verdict;
  verdict.detail = std::move(what);
  verdict.tls_missing = true;
  settle(std::move(verdict), out);
}

void Pop3Back::settle(Verdict verdict, Actions& out) {
  if (!verdict.detail.empty()) verdict.detail.insert(0, stage_ + ": ");
  settled_ = true;
  out.emplace_back(Settled{std::move(verdict)});
}

}  // namespace

std::unique_ptr<Back> make_pop3_back(const BackOptions& options,
                                     const Credentials& who) {
  return std::make_unique<Pop3Back>(options, who);
}

}  // namespace postern
