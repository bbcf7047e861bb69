#include "proxy/protocol/pop3/pop3_front.h"

#include <string>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/protocol/line_buffer.h"
#include "proxy/protocol/masters.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/pop3/pop3_replies.h"
#include "proxy/protocol/refusal.h"
#include "proxy/protocol/sasl.h"
#include "proxy/protocol/word_list.h"

namespace postern {
namespace {

// Owned by one session, used by its thread alone.
class Pop3Front final : public Front {
 public:
  explicit Pop3Front(const FrontOptions& options)
      : options_(options), lines_(options.max_line) {}

  void trust() override { trusted_ = true; }
  void backends_offer(std::string_view words) override { offered_ = words; }
  void greet(Actions& out) override;
  void feed(std::string_view bytes, Actions& out) override;
  void tls_started() override;
  void certified() override { certified_ = true; }
  void challenge(std::string_view base64, Actions& out) override;
  void settle(const Verdict& verdict, Actions& out) override;
  void dismiss(Farewell why, Actions& out) override;
  std::string take_rest() override { return lines_.take_all(); }

 private:
  enum class State {
    Talking,
    StartingTls,
    LoggingIn,  // until settle(), or a challenge() of the backend
    Relaying,   // the next line is the answer to that
    LoggedIn,
    Closed
  };

  void on_auth(std::string_view argument, Actions& out);
  void on_capa(std::string_view argument, Actions& out);
  void on_pass(std::string_view argument, Actions& out);
  void on_quit(std::string_view argument, Actions& out);
  void on_lang(std::string_view argument, Actions& out);
  void on_stls(std::string_view argument, Actions& out);
  void on_user(std::string_view argument, Actions& out);
  void on_utf8(std::string_view argument, Actions& out);
  void on_xclient(std::string_view argument, Actions& out);
  void on_xoip(std::string_view argument, Actions& out);

  struct Command {
    std::string_view name;
    bool takes_argument;
    void (Pop3Front::*handle)(std::string_view argument, Actions& out);
  };
  static constexpr Command kCommands[] = {
      {"AUTH", true, &Pop3Front::on_auth},
      {"CAPA", false, &Pop3Front::on_capa},
      {"LANG", true, &Pop3Front::on_lang},
      {"PASS", true, &Pop3Front::on_pass},
      {"QUIT", false, &Pop3Front::on_quit},
      {"STLS", false, &Pop3Front::on_stls},
      {"USER", true, &Pop3Front::on_user},
      {"UTF8", false, &Pop3Front::on_utf8},
      {"XCLIENT", true, &Pop3Front::on_xclient},
      {"XOIP", true, &Pop3Front::on_xoip},
  };

  void carry_on(Actions& out);
  void on_line(std::string_view line, Actions& out);
  size_t line_limit() const;
  void dispatch(std::string_view line, Actions& out);
  void on_sasl(SaslStep step, Actions& out);
  // False, and said so, unless the peer may tell whose connection it is.
  bool may_tell(Actions& out);
  void told(ToldIdentity client, Actions& out);

  // Whether a password may be taken now; says why not.
  bool may_log_in(Actions& out);
  void log_in(Credentials who, Actions& out);
  bool logins_possible() const;
  std::string_view welcome(const Verdict& verdict) const;

  void send(std::string_view line, Actions& out);
  void ok(std::string_view text, Actions& out);
  // A command we cannot follow.
  void bad(std::string_view text, Actions& out);
  // An attempt to log in that came to nothing.
  void failed_login(std::string_view reply, Actions& out);
  // The same for credentials that we do not even look up.
  void refuse_login(std::string_view reason, Actions& out);
  void hang_up(std::string_view reason, Actions& out);
  bool offered(std::string_view word) const {
    return offered_ && has_word(*offered_, word);
  }

  SaslRules rules() const {
    return {options_.max_user, options_.max_password, options_.for_others,
            options_.master_separator, certified_};
  }

  const FrontOptions& options_;
  LineBuffer lines_;
  State state_ = State::Talking;
  bool secure_ = false;
  bool trusted_ = false;
  bool certified_ = false;
  bool told_ = false;                   // whose connection it is
  std::optional<std::string> offered_;  // by every backend; nothing: not known
  bool utf8_ = false;                   // as the client has asked for
  std::string language_;
  std::string user_;                      // named by USER, waiting for PASS
  std::unique_ptr<Sasl> sasl_;            // the next line is for it
  const Mechanism* mechanism_ = nullptr;  // of AUTH, the last one
  std::string_view cancelled_;  // why we ended a relayed exchange; empty if not
  int commands_ = 0;
  int bad_commands_ = 0;
  int failed_logins_ = 0;
};

void Pop3Front::greet(Actions& out) {
  // Only who may use it is offered it, as by Dovecot.
  ok((trusted_ ? "[XCLIENT] " : "") + options_.greeting, out);
}

void Pop3Front::feed(std::string_view bytes, Actions& out) {
  // What arrives between STLS and the handshake travelled in the clear.
  if (state_ == State::StartingTls || state_ == State::Closed) return;
  lines_.append(bytes);
  carry_on(out);
}

void Pop3Front::carry_on(Actions& out) {
  const auto reading = [&] {
    return state_ == State::Talking || state_ == State::Relaying;
  };
  while (reading()) {
    lines_.change_limit(line_limit());
    const auto line = lines_.next();
    if (!line) break;
    on_line(*line, out);
  }
  if (reading() && lines_.too_long()) {
    send("-ERR Line too long.", out);
    hang_up("command line too long", out);
  }
}

size_t Pop3Front::line_limit() const {
  constexpr std::string_view kAuth = "AUTH ";
  if (sasl_ || state_ == State::Relaying)
    return mechanism_->max_line(options_.max_line);
  const std::string_view line = lines_.peek().substr(0, options_.max_line);
  if (!starts_with_text(line, kAuth)) return options_.max_line;
  const std::string_view argument = line.substr(kAuth.size());
  const size_t blank = argument.find(' ');
  if (blank == std::string_view::npos) return options_.max_line;
  const Mechanism* row =
      find_mechanism(argument.substr(0, blank), options_.mechanisms);
  return row == nullptr ? options_.max_line : row->max_line(options_.max_line);
}

void Pop3Front::on_line(std::string_view line, Actions& out) {
  if (++commands_ > options_.max_commands) {
    send("-ERR Too many commands.", out);
    hang_up("too many commands without a login", out);
  } else if (state_ == State::Relaying) {
    state_ = State::LoggingIn;
    out.emplace_back(relayed_response(line, cancelled_));
  } else if (sasl_) {
    on_sasl(sasl_->step(line), out);
  } else {
    dispatch(line, out);
  }
}

void Pop3Front::dispatch(std::string_view line, Actions& out) {
  if (looks_like_http(line)) return hang_up("HTTP request", out);
  // No command may hold one, and a name or password with a bare CR would be
  // two lines to some backends.
  if (has_control(line)) return bad("Control character in command.", out);

  // Exactly one blank ends the word: all others belong to the password.
  const size_t blank = line.find(' ');
  const std::string_view word = line.substr(0, blank);
  const std::string_view argument =
      blank == std::string_view::npos ? "" : line.substr(blank + 1);
  for (const Command& command : kCommands) {
    if (!same_text(word, command.name)) continue;
    if (!command.takes_argument && !argument.empty())
      return bad("This command takes no argument.", out);
    return (this->*command.handle)(argument, out);
  }
  bad("Unknown command.", out);
}

void Pop3Front::on_auth(std::string_view argument, Actions& out) {
  user_.clear();
  if (!may_log_in(out)) return;
  if (argument.empty()) {
    ok("Mechanisms follow.", out);
    for (const std::string_view mechanism :
         announced_mechanisms(options_.mechanisms, offered_, certified_))
      send(mechanism, out);
    return send(".", out);
  }
  const size_t blank = argument.find(' ');
  mechanism_ = find_mechanism(argument.substr(0, blank), options_.mechanisms);
  sasl_ = make_sasl(argument.substr(0, blank), options_.mechanisms, rules());
  if (!sasl_) return bad("Unknown mechanism.", out);
  if (blank == std::string_view::npos) return on_sasl(sasl_->start(), out);
  on_sasl(sasl_->start(argument.substr(blank + 1)), out);
}

void Pop3Front::on_sasl(SaslStep step, Actions& out) {
  using Kind = SaslStep::Kind;
  if (step.kind == Kind::Challenge) return send("+ " + step.text, out);
  sasl_.reset();
  if (step.kind == Kind::Finished) return log_in(std::move(step.who), out);
  if (step.kind == Kind::Refused) return refuse_login(step.text, out);
  bad("Authentication ended: " + step.text + ".", out);
}

void Pop3Front::on_capa(std::string_view, Actions& out) {
  ok("Capability list follows.", out);
  for (const std::string& line : pop3_capabilities(
           options_, offered_, secure_, certified_, logins_possible()))
    send(line, out);
  send(".", out);
}

void Pop3Front::on_pass(std::string_view argument, Actions& out) {
  if (!may_log_in(out)) return;
  if (user_.empty()) return bad("Give USER first.", out);
  Credentials who{std::exchange(user_, {}), Secret(argument), "USER"};
  std::string_view reason = check_password(argument, rules());
  if (reason.empty()) reason = settle_names(who, rules());
  if (!reason.empty()) return refuse_login(reason, out);
  log_in(std::move(who), out);
}

void Pop3Front::on_quit(std::string_view, Actions& out) {
  ok("Goodbye.", out);
  hang_up("QUIT", out);
}

// What is promised here is kept by the backend, which is told the same before
// the login.
void Pop3Front::on_utf8(std::string_view, Actions& out) {
  if (!offered("UTF8")) return bad("Unknown command.", out);
  utf8_ = true;
  ok("UTF8 enabled.", out);
}

void Pop3Front::on_lang(std::string_view argument, Actions& out) {
  if (!offered("LANG")) return bad("Unknown command.", out);
  if (argument.empty()) {
    ok("Languages follow.", out);
    const std::string tags = words_behind(*offered_, "LANG=");
    for (const std::string_view tag : split(tags, ' '))
      if (!tag.empty()) send(std::string(tag) + " " + std::string(tag), out);
    return send(".", out);
  }
  const std::string language(argument);
  if (language != "*" && !offered("LANG=" + language))
    return bad("Language is not available.", out);
  language_ = language;
  ok((language == "*" ? "i-default" : language) + " Language chosen.", out);
}

void Pop3Front::on_stls(std::string_view, Actions& out) {
  if (secure_) return bad("TLS is active already.", out);
  if (utf8_) return bad("STLS must come before UTF8.", out);  // RFC 6856
  if (!options_.offer_tls) return bad("TLS is not available.", out);
  ok("Begin TLS negotiation.", out);
  out.emplace_back(StartTls{});
  state_ = State::StartingTls;
  // Whatever was said or pipelined in the clear may be an attacker's; neither
  // that nor a name given earlier may outlive the handshake.
  lines_.clear();
  user_.clear();
  language_.clear();
}

void Pop3Front::on_user(std::string_view argument, Actions& out) {
  user_.clear();
  if (!may_log_in(out)) return;
  const std::string_view reason = check_user(argument, rules());
  if (!reason.empty()) return bad("Refused: " + std::string(reason) + ".", out);
  user_ = argument;
  ok("Send your password.", out);
}

// Dovecot's, not that of SMTP: no encoding, and IPv6 addresses stand alone.
void Pop3Front::on_xclient(std::string_view argument, Actions& out) {
  if (!may_tell(out)) return;
  ToldIdentity client;
  for (const std::string_view word : split(argument, ' ')) {
    if (word.empty()) continue;
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      return bad("XCLIENT takes KEY=VALUE.", out);
    const IdField field{std::string(word.substr(0, equals)),
                        std::string(word.substr(equals + 1))};
    if (!read_identity(IdentityDialect::Xclient, field, client))
      return bad("A value of XCLIENT is none that its key can have.", out);
  }
  told(std::move(client), out);
}

// Zimbra's: the address and nothing else.
void Pop3Front::on_xoip(std::string_view argument, Actions& out) {
  if (!may_tell(out)) return;
  ToldIdentity client;
  if (!read_identity(IdentityDialect::Xclient, {"ADDR", std::string(argument)},
                     client))
    return bad("XOIP takes an address.", out);
  told(std::move(client), out);
}

// Once: in front of us a proxy speaks for one client only.
bool Pop3Front::may_tell(Actions& out) {
  if (trusted_ && !told_) return true;
  bad(trusted_ ? "The client is known already." : "Unknown command.", out);
  return false;
}

void Pop3Front::told(ToldIdentity client, Actions& out) {
  told_ = !client.empty();
  if (told_) out.emplace_back(Told{std::move(client)});
  ok("Updated.", out);
}

bool Pop3Front::logins_possible() const {
  return !options_.login_disabled && (secure_ || !options_.require_tls);
}

bool Pop3Front::may_log_in(Actions& out) {
  if (logins_possible()) return true;
  // SYS/PERM: trying again the same way cannot help, and [AUTH] would make mail
  // programs ask for another password.
  if (options_.login_disabled)
    bad("[SYS/PERM] " + std::string(verdict_text(Verdict::Kind::Disabled)),
        out);
  else
    bad("[SYS/PERM] Encryption is required, use STLS first.", out);
  return false;
}

void Pop3Front::log_in(Credentials who, Actions& out) {
  if (utf8_) who.prelude.emplace_back("UTF8");
  if (!language_.empty()) who.prelude.push_back("LANG " + language_);
  state_ = State::LoggingIn;
  out.emplace_back(LogIn{std::move(who), {}});
}

void Pop3Front::tls_started() {
  secure_ = true;
  told_ = false;
  if (state_ == State::StartingTls) state_ = State::Talking;
}

void Pop3Front::challenge(std::string_view base64, Actions& out) {
  if (state_ != State::LoggingIn) return;
  state_ = State::Relaying;
  send("+ " + std::string(base64), out);
  carry_on(out);
}

void Pop3Front::settle(const Verdict& verdict, Actions& out) {
  if (state_ != State::LoggingIn && state_ != State::Relaying)
    return;  // dismissed meanwhile
  if (verdict.kind == Verdict::Kind::Accepted) {
    state_ = State::LoggedIn;
    return ok(welcome(verdict), out);
  }
  state_ = State::Talking;
  const std::string_view cancelled = std::exchange(cancelled_, {});
  if (!cancelled.empty())
    bad("Authentication ended: " + std::string(cancelled) + ".", out);
  else
    failed_login(pop3_refusal(verdict, options_.pass_backend_text), out);
  carry_on(out);
}

std::string_view Pop3Front::welcome(const Verdict& verdict) const {
  if (!options_.ok_line.empty()) return options_.ok_line;
  if (options_.pass_backend_text && !verdict.text.empty()) return verdict.text;
  return verdict_text(verdict.kind);
}

void Pop3Front::dismiss(Farewell why, Actions& out) {
  if (state_ == State::Closed) return;
  // A handshake or the backend's stream has no room for words of ours.
  if (state_ != State::StartingTls && state_ != State::LoggedIn)
    send("-ERR [SYS/TEMP] " + std::string(farewell_text(why)), out);
  hang_up(farewell_text(why), out);
}

void Pop3Front::send(std::string_view line, Actions& out) {
  out.emplace_back(Send{std::string(line) + "\r\n"});
}

void Pop3Front::ok(std::string_view text, Actions& out) {
  send("+OK " + std::string(text), out);
}

void Pop3Front::bad(std::string_view text, Actions& out) {
  send("-ERR " + std::string(text), out);
  if (++bad_commands_ >= options_.max_bad_commands)
    hang_up("too many bad commands", out);
}

void Pop3Front::failed_login(std::string_view reply, Actions& out) {
  send(reply, out);
  if (++failed_logins_ >= options_.max_logins)
    hang_up("too many failed logins", out);
}

void Pop3Front::refuse_login(std::string_view reason, Actions& out) {
  failed_login("-ERR [AUTH] Refused: " + std::string(reason) + ".", out);
}

void Pop3Front::hang_up(std::string_view reason, Actions& out) {
  out.emplace_back(HangUp{std::string(reason)});
  state_ = State::Closed;
  lines_.clear();
}

}  // namespace

std::unique_ptr<Front> make_pop3_front(const FrontOptions& options) {
  return std::make_unique<Pop3Front>(options);
}

}  // namespace postern
