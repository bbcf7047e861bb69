#include "proxy/protocol/imap/imap_front.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/protocol/imap/imap_capability.h"
#include "proxy/protocol/imap/imap_command.h"
#include "proxy/protocol/imap/imap_replies.h"
#include "proxy/protocol/masters.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/refusal.h"
#include "proxy/protocol/sasl.h"

namespace postern {
namespace {

class ImapFront final : public Front {
 public:
  explicit ImapFront(const FrontOptions& options)
      : options_(options),
        input_(options.max_line),
        command_({options.max_line, options.max_tag, options.max_literal}) {}

  void trust() override { trusted_ = true; }
  void backends_offer(std::string_view words) override { offered_ = words; }
  void greet(Actions& out) override;
  void feed(std::string_view bytes, Actions& out) override;
  void tls_started() override;
  void certified() override { certified_ = true; }
  void challenge(std::string_view base64, Actions& out) override;
  void settle(const Verdict& verdict, Actions& out) override;
  void dismiss(Farewell why, Actions& out) override;
  std::string take_rest() override { return input_.take_all(); }

 private:
  enum class State {
    Commands,
    Sasl,         // the next line is an answer to a challenge
    StartingTls,  // until tls_started()
    LoggingIn,    // until settle(), or a challenge() of the backend
    Relaying,     // the next line is the answer to that
    LoggedIn,
    Gone,
  };

  struct Row {
    std::string_view name;
    size_t least;  // arguments
    size_t most;
    bool logs_in;
    void (ImapFront::*run)(Actions& out);
  };

  void carry_on(Actions& out);
  bool read_command(Actions& out);
  bool read_answer(Actions& out);
  std::optional<std::string_view> read_line(Actions& out);
  bool read_response(Actions& out);
  void on_named(Actions& out);
  void on_argument();
  void on_complete(Actions& out);
  void on_lost(Actions& out);

  void on_authenticate(Actions& out);
  void on_capability(Actions& out);
  void on_id(Actions& out);
  void on_login(Actions& out);
  void on_logout(Actions& out);
  void on_noop(Actions& out);
  void on_starttls(Actions& out);

  static constexpr Row kCommands[] = {
      {"AUTHENTICATE", 1, 2, true, &ImapFront::on_authenticate},
      {"CAPABILITY", 0, 0, false, &ImapFront::on_capability},
      {"ID", 0, 0, false, &ImapFront::on_id},
      {"LOGIN", 2, 2, true, &ImapFront::on_login},
      {"LOGOUT", 0, 0, false, &ImapFront::on_logout},
      {"NOOP", 0, 0, false, &ImapFront::on_noop},
      {"STARTTLS", 0, 0, false, &ImapFront::on_starttls},
  };

  void on_sasl(SaslStep step, Actions& out);
  void refuse_login(std::string_view why, Actions& out);
  void log_in(Credentials who, Actions& out);
  std::string login_barrier() const;
  std::string capabilities() const;
  SaslRules sasl_rules() const {
    return {options_.max_user, options_.max_password, options_.for_others,
            options_.master_separator, certified_};
  }

  void say(std::string line, Actions& out);
  void reply(std::string_view rest, Actions& out);
  void bad(std::string_view why, Actions& out);
  void refuse(std::string_view resp_text, Actions& out);
  void goodbye(std::string_view resp_text, Actions& out);
  void hang_up(std::string_view reason, Actions& out);

  const FrontOptions& options_;
  LineBuffer input_;
  ImapCommand command_;
  const Row* row_ = nullptr;              // of command_, if it is one we know
  const Mechanism* mechanism_ = nullptr;  // of AUTHENTICATE, the last one
  std::unique_ptr<Sasl> sasl_;
  std::string_view cancelled_;  // why we ended a relayed exchange; empty if not
  std::optional<std::string> offered_;  // by every backend; nothing: not known
  State state_ = State::Commands;
  bool secure_ = false;
  bool trusted_ = false;
  bool certified_ = false;
  bool told_ = false;  // whose connection it is
  IdFields fields_;    // what the client said of itself
  int commands_ = 0;
  int bad_commands_ = 0;
  int failed_logins_ = 0;
};

void ImapFront::greet(Actions& out) {
  say("* OK [CAPABILITY " + capabilities() + "] " + options_.greeting, out);
}

void ImapFront::feed(std::string_view bytes, Actions& out) {
  if (state_ == State::StartingTls || state_ == State::Gone) return;
  input_.append(bytes);
  carry_on(out);
}

void ImapFront::tls_started() {
  secure_ = true;
  input_.clear();
  command_.forget();
  sasl_.reset();
  fields_.clear();
  told_ = false;
  if (state_ != State::Gone) state_ = State::Commands;
}

void ImapFront::challenge(std::string_view base64, Actions& out) {
  if (state_ != State::LoggingIn) return;
  state_ = State::Relaying;
  say("+ " + std::string(base64), out);
  carry_on(out);
}

void ImapFront::settle(const Verdict& verdict, Actions& out) {
  if (state_ != State::LoggingIn && state_ != State::Relaying) return;
  if (verdict.kind == Verdict::Kind::Accepted) {
    state_ = State::LoggedIn;
    out.emplace_back(Send{imap_acceptance(command_.tag(), verdict, options_)});
    return;
  }
  state_ = State::Commands;
  const std::string_view cancelled = std::exchange(cancelled_, {});
  if (!cancelled.empty())  // RFC 9051 section 6.2.2
    bad("Authentication failed: " + std::string(cancelled) + ".", out);
  else
    refuse(imap_refusal(verdict, options_.pass_backend_text), out);
  carry_on(out);
}

void ImapFront::dismiss(Farewell why, Actions& out) {
  if (state_ == State::Gone) return;
  // In the middle of a handshake there is no way to say anything.
  if (state_ == State::StartingTls) return hang_up(farewell_text(why), out);
  goodbye(imap_farewell(why), out);
}

// ---- reading

void ImapFront::carry_on(Actions& out) {
  while ((state_ == State::Commands && read_command(out)) ||
         (state_ == State::Sasl && read_answer(out)) ||
         (state_ == State::Relaying && read_response(out))) {}
  input_.wipe_taken();
}

// False once the client must send more first.
bool ImapFront::read_command(Actions& out) {
  switch (command_.next(input_)) {
    case ImapCommand::Event::More:
      return false;
    case ImapCommand::Event::Named:
      on_named(out);
      break;
    case ImapCommand::Event::Argument:
      on_argument();
      break;
    case ImapCommand::Event::Ask:
      say("+ OK", out);
      break;
    case ImapCommand::Event::Complete:
      on_complete(out);
      break;
    case ImapCommand::Event::Lost:
      on_lost(out);
      break;
  }
  return true;
}

std::optional<std::string_view> ImapFront::read_line(Actions& out) {
  input_.change_limit(mechanism_->max_line(options_.max_line));
  const auto line = input_.next();
  if (!line && input_.too_long()) goodbye("Line is too long.", out);
  return line;
}

bool ImapFront::read_answer(Actions& out) {
  const auto line = read_line(out);
  if (line) on_sasl(sasl_->step(*line), out);
  return line.has_value();
}

bool ImapFront::read_response(Actions& out) {
  const auto line = read_line(out);
  if (!line) return false;
  state_ = State::LoggingIn;
  out.emplace_back(relayed_response(*line, cancelled_));
  return true;
}

void ImapFront::on_named(Actions& out) {
  if (commands_ == 0 && looks_like_http(command_.tag() + ' '))
    return hang_up("HTTP request", out);
  row_ = std::ranges::find_if(kCommands, [&](const Row& row) {
    return same_text(row.name, command_.name());
  });
  if (row_ == std::end(kCommands)) {
    row_ = nullptr;
    return command_.refuse("Unknown command.");
  }
  // A password that cannot be used is not even kept.
  if (row_->logs_in && !login_barrier().empty()) return command_.skip();
  if (row_->run == &ImapFront::on_id)
    return command_.expect_id(options_.max_id);
  command_.expect(row_->least, row_->most);
}

void ImapFront::on_argument() {
  if (row_ == nullptr || row_->run != &ImapFront::on_authenticate) return;
  if (command_.arguments().size() > 1) return;
  const std::string_view name = command_.arguments()[0].view();
  mechanism_ = find_mechanism(name, options_.mechanisms);
  const size_t usual = options_.max_line;
  if (mechanism_ != nullptr && mechanism_->max_line(usual) > usual)
    command_.allow(mechanism_->max_line(usual));
}

void ImapFront::on_complete(Actions& out) {
  if (++commands_ > options_.max_commands)
    return goodbye("Too many commands without a login.", out);
  if (!command_.problem().empty()) return bad(command_.problem(), out);
  if (row_->logs_in && !login_barrier().empty())
    return refuse(login_barrier(), out);
  (this->*row_->run)(out);
  command_.arguments().clear();
}

// Where the next command would begin is anybody's guess.
void ImapFront::on_lost(Actions& out) {
  if (!command_.problem().empty())
    reply("BAD " + std::string(command_.problem()), out);
  goodbye(command_.loss(), out);
}

// ---- the commands

void ImapFront::on_authenticate(Actions& out) {
  const std::vector<Secret>& arguments = command_.arguments();
  sasl_ = make_sasl(arguments[0].view(), options_.mechanisms, sasl_rules());
  if (!sasl_) return reply("NO Mechanism is not supported.", out);
  on_sasl(arguments.size() == 1 ? sasl_->start()
                                : sasl_->start(arguments[1].view()),
          out);
}

void ImapFront::on_capability(Actions& out) {
  say("* CAPABILITY " + capabilities(), out);
  reply("OK CAPABILITY completed.", out);
}

// What only proxies say is dropped unless we trust this one, and counts once:
// in front of us it speaks for one client only.
void ImapFront::on_id(Actions& out) {
  constexpr IdentityDialect kId = IdentityDialect::Id;
  ToldIdentity told;
  fields_.clear();
  for (const IdField& field : command_.id().fields()) {
    if (!is_identity_key(kId, field.name))
      fields_.push_back(field);
    else if (trusted_ && !told_ && !read_identity(kId, field, told))
      return bad("A value in ID is none that its key can have.", out);
  }
  if (!told.empty()) {
    told_ = true;
    out.emplace_back(Told{std::move(told)});
  }
  say("* ID (\"name\" \"Postern\")", out);
  // Dovecot's words, by which proxies find out whether they are trusted.
  reply(trusted_ ? "OK Trusted ID completed." : "OK ID completed.", out);
}

void ImapFront::on_login(Actions& out) {
  std::vector<Secret>& arguments = command_.arguments();
  Credentials who{std::string(arguments[0].view()), std::move(arguments[1]),
                  "LOGIN"};
  std::string_view reason =
      check_credentials(who.user, who.secret.view(), sasl_rules());
  if (reason.empty()) reason = settle_names(who, sasl_rules());
  if (!reason.empty()) return refuse_login(reason, out);
  log_in(std::move(who), out);
}

void ImapFront::on_logout(Actions& out) {
  say("* BYE Logging out.", out);
  reply("OK LOGOUT completed.", out);
  hang_up("logout", out);
}

void ImapFront::on_noop(Actions& out) {
  reply("OK NOOP completed.", out);
}

void ImapFront::on_starttls(Actions& out) {
  if (secure_) return bad("TLS is active already.", out);
  if (!options_.offer_tls) return bad("STARTTLS is not available.", out);
  reply("OK Begin TLS negotiation now.", out);
  out.emplace_back(StartTls{});
  // Whatever is pipelined behind it travelled in the clear and may be anybody's
  // (CVE-2011-0411); feed() drops what is still to come.
  input_.clear();
  state_ = State::StartingTls;
}

// ---- logging in

void ImapFront::on_sasl(SaslStep step, Actions& out) {
  const bool goes_on = step.kind == SaslStep::Kind::Challenge;
  state_ = goes_on ? State::Sasl : State::Commands;
  if (!goes_on) sasl_.reset();
  switch (step.kind) {
    case SaslStep::Kind::Challenge:
      return say("+ " + step.text, out);
    case SaslStep::Kind::Finished:
      return log_in(std::move(step.who), out);
    case SaslStep::Kind::Refused:
      return refuse(
          "[AUTHENTICATIONFAILED] Authentication failed: " + step.text + ".",
          out);
    case SaslStep::Kind::Malformed:
    case SaslStep::Kind::Cancelled:
      return bad("Authentication failed: " + step.text + ".", out);
  }
}

void ImapFront::refuse_login(std::string_view why, Actions& out) {
  refuse(
      "[AUTHENTICATIONFAILED] Authentication failed: " + std::string(why) + ".",
      out);
}

void ImapFront::log_in(Credentials who, Actions& out) {
  state_ = State::LoggingIn;
  out.emplace_back(LogIn{std::move(who), fields_});
}

// Why nobody can log in here and now, code included; empty if one can.
std::string ImapFront::login_barrier() const {
  if (options_.login_disabled)
    return imap_refusal({.kind = Verdict::Kind::Disabled}, false);
  if (options_.require_tls && !secure_)
    return "[PRIVACYREQUIRED] TLS is required to log in.";
  return {};
}

std::string ImapFront::capabilities() const {
  return front_capabilities(options_, offered_, secure_, certified_,
                            login_barrier().empty());
}

// ---- answering

void ImapFront::say(std::string line, Actions& out) {
  out.emplace_back(Send{std::move(line += "\r\n")});
}

void ImapFront::reply(std::string_view rest, Actions& out) {
  const std::string& tag = command_.tag();
  say((tag.empty() ? "*" : tag) + ' ' + std::string(rest), out);
}

void ImapFront::bad(std::string_view why, Actions& out) {
  reply("BAD " + std::string(why), out);
  if (++bad_commands_ >= options_.max_bad_commands)
    goodbye("Too many bad commands.", out);
}

void ImapFront::refuse(std::string_view resp_text, Actions& out) {
  reply("NO " + std::string(resp_text), out);
  if (++failed_logins_ >= options_.max_logins)
    goodbye("Too many failed logins.", out);
}

void ImapFront::goodbye(std::string_view resp_text, Actions& out) {
  say("* BYE " + std::string(resp_text), out);
  hang_up(resp_text, out);
}

void ImapFront::hang_up(std::string_view reason, Actions& out) {
  out.emplace_back(HangUp{std::string(reason)});
  state_ = State::Gone;
  input_.clear();
}

}  // namespace

std::unique_ptr<Front> make_imap_front(const FrontOptions& options) {
  return std::make_unique<ImapFront>(options);
}

}  // namespace postern
