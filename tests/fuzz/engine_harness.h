// Drives protocol engines with arbitrary octets and aborts where a promise of
// front.h, back.h or action.h is broken; above all, however the stream is cut,
// the conversation must be the same.
//
// The first two octets of an input choose options and verdicts, the others are
// what the peer says.  The first 0x16, with which every TLS record of a
// handshake begins, stands for the handshake where the engine waits for it.

#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "proxy/protocol/back.h"
#include "proxy/protocol/back_login.h"
#include "proxy/protocol/front.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/sasl_external.h"
#include "proxy/protocol/sasl_oauth.h"
#include "tests/fuzz/require.h"

namespace postern::fuzz {

struct Input {
  unsigned options = 0;
  unsigned verdicts = 0;
  std::string_view clear;  // said before the handshake
  std::string_view rest;   // from the mark on, or empty

  static Input read(std::string_view bytes) {
    Input input;
    const auto take = [&] {
      const auto octet = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      return static_cast<unsigned>(octet);
    };
    if (!bytes.empty()) input.options = take();
    if (!bytes.empty()) input.verdicts = take();
    const size_t mark = bytes.find('\x16');
    input.clear = bytes.substr(0, mark);
    if (mark != bytes.npos) input.rest = bytes.substr(mark);
    return input;
  }

  bool option(unsigned bit) const { return (options >> bit & 1) != 0; }
};

// The part of a conversation that both sides have in common.
class Player {
 public:
  explicit Player(size_t step) : step_(step) {}
  virtual ~Player() = default;

 protected:
  virtual void feed(std::string_view bytes) = 0;

  void feed_in_steps(std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step_, bytes.size())))
      feed(bytes.substr(0, step_));
  }

  void say(std::string_view bytes) {
    require(bytes.ends_with("\r\n"), "what is sent ends in CRLF");
    std::string_view left = bytes;
    while (!left.empty()) {
      const size_t end = left.find("\r\n");
      require(!has_control(left.substr(0, end)), "lines have no controls");
      left.remove_prefix(end + 2);
    }
    log_ += bytes;
  }

  void note(std::string_view what) { log_ += "<" + std::string(what) + ">\n"; }

  const std::string& log() const { return log_; }

 private:
  size_t step_;
  std::string log_;
};

class FrontPlayer final : public Player {
 public:
  using Make = std::unique_ptr<Front> (*)(const FrontOptions& options);

  FrontPlayer(Make make, const Input& input, size_t step)
      : Player(step), input_(input) {
    options_.offer_tls = input.option(0);
    options_.require_tls = input.option(1);
    for (const Mechanism& row : mechanisms())
      if (row.relayed()) options_.mechanisms.emplace_back(row.name);
    options_.login_disabled = input.option(3);
    options_.pass_backend_text = input.option(4);
    if (input.option(5)) options_.max_line = 40;
    if (input.option(6)) options_.max_commands = options_.max_logins = 1000;
    if (input.option(6)) options_.max_bad_commands = 1000;
    options_.for_others = (input.verdicts >> 4 & 1) != 0;
    if ((input.verdicts >> 3 & 1) != 0) options_.master_separator = '*';
    front_ = make(options_);
    // The verdict on a fourth login, which few get to, says it as well.
    trusted_ = (input.verdicts >> 7 & 1) != 0;
    if (trusted_) front_->trust();
    if ((input.verdicts >> 5 & 1) != 0)
      front_->backends_offer("CAPA TOP UTF8 LANG LANG=de AUTH=XOAUTH2 ENABLE");
    if (input.option(2)) start_tls();
  }

  std::string play() {
    Actions out;
    front_->greet(out);
    carry_out(out);
    feed_in_steps(input_.clear);
    std::string_view rest = input_.rest;
    if (waiting_for_tls_) {
      start_tls();
      if (!rest.empty()) rest.remove_prefix(1);
    }
    feed_in_steps(rest);
    if (accepted_) return log() + front_->take_rest();
    waiting_for_tls_ = false;  // the handshake may never come
    out.clear();
    front_->dismiss(Farewell::TooSlow, out);
    carry_out(out);
    require(ended_, "dismiss() ends in HangUp");
    return log();
  }

  void operator()(const Send& send) { say(send.bytes); }
  void operator()(const SendSecret&) {
    require(false, "a front has no secrets to tell");
  }
  void operator()(const StartTls&) {
    require(options_.offer_tls && !secure_, "TLS starts once, where offered");
    waiting_for_tls_ = true;
  }
  void operator()(const LogIn& login) {
    const Credentials& who = login.who;
    require(!options_.login_disabled, "no login while they are disabled");
    require(secure_ || !options_.require_tls, "no login before TLS");
    const bool external = who.mechanism == kExternal;
    require(!external || secure_, "certificates are shown in TLS");
    require((external && who.user.empty()) || check_user(who.user, {}).empty(),
            "the user name is checked");
    require(!has_control(who.secret.view()) &&
                who.secret.size() <=
                    (relayed_mechanism(who) != nullptr ? kMaxToken : 1024),
            "the password is checked");
    note("login " + who.user + "/" + std::string(who.secret.view()) + "/" +
         who.mechanism + "/" + who.authid);
    check_names(who);
    check_fields(login.fields);
    logging_in_ = true;
    challenges_ = client_answers(who) ? 0 : kMostChallenges;
  }
  void operator()(const Challenge&) {
    require(false, "a front is challenged, it does not challenge");
  }
  void operator()(const Response& response) {
    require(relaying_, "an answer has been asked for");
    require(base64_decode(response.base64.view()).has_value(),
            "an answer is base64");
    note(response.cancelled
             ? "cancelled"
             : "response " + std::string(response.base64.view()));
    relaying_ = false;
    logging_in_ = true;
    if (response.cancelled) challenges_ = kMostChallenges;
  }
  void operator()(const Told& told) {
    require(trusted_, "only a proxy we trust tells of its client");
    require(!told.client.empty(), "it tells something");
    ClientIdentity client;
    apply(told.client, client);
    require(client.session.empty() || is_session_id(client.session),
            "a session's id is one");
    require(client.name.empty() || is_host_name(client.name),
            "a host's name is one");
    for (const auto& [name, value] : show_identity(IdentityDialect::Id, client))
      note(std::string(name) + "=" + value);
  }
  void operator()(const Settled&) {
    require(false, "a front does not settle logins");
  }
  void operator()(const HangUp& hang_up) {
    note("hangup " + hang_up.reason);
    ended_ = true;
  }

 private:
  void feed(std::string_view bytes) override {
    Actions out;
    front_->feed(bytes, out);
    carry_out(out);
  }

  void start_tls() {
    front_->tls_started();
    if ((input_.verdicts >> 2 & 1) != 0) front_->certified();
    waiting_for_tls_ = false;
    secure_ = true;
    note("tls");
  }

  void carry_out(const Actions& out) {
    for (const Action& action : out) {
      require(!ended_ && !accepted_ && !waiting_for_tls_ && !logging_in_,
              "nothing is said behind HangUp, StartTls, LogIn or a login");
      std::visit(*this, action);
    }
    if (logging_in_) settle();
  }

  void check_names(const Credentials& who) const {
    require(options_.for_others || who.authid.empty(),
            "nobody logs in for another unless that is allowed");
    require(who.authid.empty() || check_user(who.authid, {}).empty(),
            "the master's name is checked");
    const char star = options_.master_separator;
    require(star == '\0' || (who.user + who.authid).find(star) == who.user.npos,
            "names are apart");
  }

  void check_fields(const IdFields& fields) {
    size_t octets = 0;
    for (const IdField& field : fields) {
      require(!is_identity_key(IdentityDialect::Id, field.name),
              "what only proxies say is not passed on");
      octets += field.name.size() + field.value.value_or("").size();
      note(field.name + "=" + field.value.value_or("NIL"));
    }
    require(octets <= 4096, "not much of ID is kept");
  }

  // Every login is answered at once, a relayed one behind some challenges; two
  // bits of the input tell how.
  void settle() {
    logging_in_ = false;
    if (challenges_ < static_cast<int>(input_.verdicts >> 6)) {
      ++challenges_;
      relaying_ = true;
      Actions out;
      front_->challenge("eA==", out);
      return carry_out(out);
    }
    static constexpr Verdict::Kind kKinds[] = {
        Verdict::Kind::WrongPassword, Verdict::Kind::Unavailable,
        Verdict::Kind::Refused, Verdict::Kind::Accepted};
    Verdict verdict;
    verdict.kind = kKinds[input_.verdicts >> 2 * (logins_++ % 4) & 3];
    if (input_.option(7)) verdict.text = "told by the backend";
    if (input_.option(7)) verdict.code = "LIMIT";
    Actions out;
    front_->settle(verdict, out);
    carry_out(out);
    if (verdict.kind == Verdict::Kind::Accepted) accepted_ = true;
  }

  const Input& input_;
  FrontOptions options_;
  std::unique_ptr<Front> front_;
  bool secure_ = false;
  bool waiting_for_tls_ = false;
  bool logging_in_ = false;
  bool relaying_ = false;
  int challenges_ = 0;
  bool accepted_ = false;
  bool ended_ = false;
  bool trusted_ = false;
  unsigned logins_ = 0;
};

class BackPlayer final : public Player {
 public:
  using Make = std::unique_ptr<Back> (*)(const BackOptions& options,
                                         const Credentials& who);

  BackPlayer(Make make, const Input& input, size_t step)
      : Player(step), input_(input) {
    static constexpr BackOptions::Upgrade kUpgrades[] = {
        BackOptions::Upgrade::Never, BackOptions::Upgrade::IfOffered,
        BackOptions::Upgrade::Required, BackOptions::Upgrade::Required};
    options_.upgrade = kUpgrades[input.options & 3];
    if (input.option(2)) options_.max_line = 40;
    if (input.option(3)) options_.max_total = 200;
    if (input.option(4)) options_.max_lines = 4;
    static constexpr std::string_view kMechanisms[] = {
        "LOGIN", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-256"};
    who_.mechanism = kMechanisms[input.verdicts & 3];
    who_.user = input.option(5) ? "a user\"\\" : "user";
    who_.secret = Secret(input.option(6) ? kLongPassword : kPassword);
    if (input.option(7)) who_.secret.append("\xe4");
    if (input.option(3) && input.option(6)) who_.mechanism = kExternal;
    if (input.option(4) && input.option(7)) who_.authid = "ma(st)er";
    const bool curious = (input.verdicts >> 6 & 1) != 0;
    if (curious) who_.prelude = {"UTF8", "LANG de"};
    back_ = make(options_, who_);
    if (curious) back_->recall(std::nullopt);
    introduce();
  }

  std::string play() {
    feed_in_steps(input_.clear);
    std::string_view rest = input_.rest;
    if (waiting_for_tls_ && !settled_) {
      start_tls();
      if (!rest.empty()) rest.remove_prefix(1);
    }
    feed_in_steps(rest);
    Actions out;
    back_->closed(out);
    carry_out(out);
    require(settled_, "every dialogue ends in Settled");
    if (back_->greeted()) note("greeted");
    if (const auto offered = back_->offered()) check_offer(*offered);
    note("introduced " + std::to_string(static_cast<int>(back_->introduced())));
    const std::string kept = back_->take_rest();
    return accepted_ ? log() + kept : log();
  }

  void operator()(const Send& send) {
    require(send.bytes.find(kPassword) == std::string::npos,
            "the password is sent as a secret");
    say(send.bytes);
  }
  void operator()(const SendSecret& send) {
    require(secure_ || options_.upgrade != BackOptions::Upgrade::Required,
            "no password before TLS where it is required");
    say(send.bytes.view());
  }
  void operator()(const StartTls&) {
    require(options_.upgrade != BackOptions::Upgrade::Never && !secure_,
            "TLS starts once, where wanted");
    waiting_for_tls_ = true;
  }
  void operator()(const LogIn&) {
    require(false, "a back does not ask for logins");
  }
  void operator()(const Told&) {
    require(false, "a back is told nothing of clients");
  }
  void operator()(const Challenge& challenge) {
    require(base64_decode(challenge.base64).has_value(),
            "a challenge is base64");
    require(client_answers(who_), "only a relayed mechanism asks the client");
    note("challenge " + challenge.base64);
    challenged_ = true;
  }
  void operator()(const Response&) {
    require(false, "a back is answered, it does not answer");
  }
  void operator()(const Settled& settled) {
    const Verdict& verdict = settled.verdict;
    require(!has_control(verdict.code) && !has_control(verdict.text),
            "what a client may read has no controls");
    require(verdict.detail.find(kPassword) == std::string::npos,
            "the log does not learn the password");
    require(secure_ || verdict.kind != Verdict::Kind::Accepted ||
                options_.upgrade != BackOptions::Upgrade::Required,
            "no login before TLS where it is required");
    accepted_ = verdict.kind == Verdict::Kind::Accepted;
    settled_ = true;
    note("settled " + std::to_string(static_cast<int>(verdict.kind)) + " " +
         verdict.code + "/" + verdict.text + "/" + verdict.detail + "/" +
         verdict.capabilities + "/" + verdict.preamble);
    if (verdict.referral) check_referral(*verdict.referral);
  }
  void operator()(const HangUp& hang_up) { note("hangup " + hang_up.reason); }

 private:
  static constexpr std::string_view kAnswer = "AQ==";
  static constexpr std::string_view kPassword = "pa(ss)\\\"word";
  static inline const std::string kLongPassword =
      std::string(kPassword) + std::string(300, 'x');

  // The octet that says how a front's logins end says here what of the client
  // is told.
  void introduce() {
    if ((input_.verdicts & 1) == 0) return;
    client_.client = *Address::parse("203.0.113.9", 50000);
    client_.session = "0123456789abcdef";
    if ((input_.verdicts & 4) != 0) client_.name = "mail.example";
    if ((input_.verdicts & 8) != 0)
      client_.fields = {{"na\"me", "M\xfctt\r\n"}, {"version", std::nullopt}};
    back_->introduce(client_, (input_.verdicts & 2) != 0 ? Introduce::All
                                                         : Introduce::Fields);
  }

  void feed(std::string_view bytes) override {
    Actions out;
    back_->feed(bytes, out);
    carry_out(out);
  }

  // Only here TLS enters the log: whether StartTls was asked for before some
  // plaintext spoilt it depends on how that was cut.
  void start_tls() {
    note("tls");
    waiting_for_tls_ = false;
    secure_ = true;
    Actions out;
    back_->tls_started(out);
    carry_out(out);
  }

  void carry_out(const Actions& out) {
    for (const Action& action : out) {
      require(!settled_, "nothing is said behind the verdict");
      require(!challenged_, "nothing is said behind a challenge");
      std::visit(*this, action);
    }
    if (challenged_) answer();
  }

  void check_referral(const Referral& to) {
    require(Endpoint::parse(to.where.text()) == to.where,
            "a referral names a server");
    note("referral " + to.where.text() + "/" + to.user + "/" + to.mechanism);
  }

  void check_offer(const std::string& offered) {
    require(!has_control(offered), "what is offered is fit for clients");
    note("offered " + offered);
  }

  // The client answers at once; bits of the input tell how.
  void answer() {
    challenged_ = false;
    const bool cancels = (input_.verdicts >> (2 + answers_++ % 6) & 1) != 0;
    Actions out;
    back_->respond(
        {.base64 = Secret(cancels ? "" : kAnswer), .cancelled = cancels}, out);
    carry_out(out);
  }

  const Input& input_;
  BackOptions options_;
  Credentials who_;
  ClientIdentity client_;
  std::unique_ptr<Back> back_;
  bool secure_ = false;
  bool waiting_for_tls_ = false;
  bool challenged_ = false;
  unsigned answers_ = 0;
  bool accepted_ = false;
  bool settled_ = false;
};

// Plays the input in one piece and octet by octet.
template <class EnginePlayer>
int try_engine(typename EnginePlayer::Make make, std::string_view bytes) {
  const Input input = Input::read(bytes);
  const auto play = [&](size_t step) {
    return EnginePlayer(make, input, step).play();
  };
  require(play(bytes.size() + 1) == play(1),
          "however it is cut, the conversation is the same");
  return 0;
}

}  // namespace postern::fuzz
