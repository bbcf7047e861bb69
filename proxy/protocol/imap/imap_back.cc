#include "proxy/protocol/imap/imap_back.h"

#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/base64.h"
#include "proxy/protocol/back_login.h"
#include "proxy/protocol/imap/imap_capability.h"
#include "proxy/protocol/imap/imap_introduction.h"
#include "proxy/protocol/imap/imap_login.h"
#include "proxy/protocol/imap/imap_response.h"
#include "proxy/protocol/imap/imap_verdict.h"
#include "proxy/protocol/line_buffer.h"
#include "proxy/protocol/word_list.h"

namespace postern {
namespace {

using Status = ImapResponse::Status;

constexpr size_t kLongestPreamble = 4096;

class ImapBack final : public Back {
 public:
  ImapBack(const BackOptions& options, const Credentials& who)
      : options_(options), who_(who), input_(options.max_line) {}

  void feed(std::string_view bytes, Actions& out) override;
  void introduce(const ClientIdentity& client, Introduce how) override {
    introduction_.want(client, how);
  }
  Introduced introduced() const override { return introduction_.outcome(); }
  void recall(const std::optional<std::string>&) override {}
  std::optional<std::string> offered() const override { return offered_; }
  void tls_started(Actions& out) override;
  void respond(const Response& answer, Actions& out) override;
  void closed(Actions& out) override;
  bool greeted() const override { return greeted_; }
  std::string take_rest() override { return input_.take_all(); }

 private:
  using Handler = void (ImapBack::*)(const ImapResponse& line, Actions& out);

  // Where the dialogue stands: the tag we wait for, for whose reply.
  struct Stage {
    std::string_view tag;
    std::string_view waiting_for;
    Handler on_tagged;  // null where none is expected
  };

  void on_line(std::string_view line, Actions& out);
  void on_greeting(const ImapResponse& line, Actions& out);
  void on_untagged(const ImapResponse& line, Actions& out);
  void on_continuation(const ImapResponse& line, Actions& out);
  void on_capability(const ImapResponse& line, Actions& out);
  void on_starttls(const ImapResponse& line, Actions& out);
  void on_login(const ImapResponse& line, Actions& out);
  void on_id(const ImapResponse& line, Actions& out);

  static constexpr Stage kGreeting = {"", "its greeting", nullptr};
  static constexpr Stage kCapability = {"C", "its capabilities",
                                        &ImapBack::on_capability};
  static constexpr Stage kStarttls = {"S", "its answer to STARTTLS",
                                      &ImapBack::on_starttls};
  static constexpr Stage kHandshake = {"", "TLS", nullptr};
  static constexpr Stage kLogin = {"L", "its answer to the login",
                                   &ImapBack::on_login};
  static constexpr Stage kSettled = {"", "nothing", nullptr};

  void read_lines(Actions& out);
  void next_step(Actions& out);
  void upgrade(Actions& out);
  void ask_capability(Actions& out);
  void log_in(Actions& out);
  void send_piece(Actions& out);
  void relay_challenge(std::string_view base64, Actions& out);
  std::string quoted(std::string_view line) const {
    return quoted_reply(line, who_, response_.view());
  }
  bool learn(std::string_view list, Actions& out);
  bool within_limits(size_t octets, Actions& out);
  bool skip_literal();
  void watch_literal(std::string_view line, Actions& out);

  void note_referral(const ImapResponse& bye);
  void fail(std::string detail, Actions& out);
  void miss_tls(std::string detail, Actions& out);
  void settle(Verdict verdict, Actions& out);

  const BackOptions& options_;
  const Credentials& who_;
  LineBuffer input_;
  const Stage* stage_ = &kGreeting;
  bool greeted_ = false;
  bool secure_ = false;
  bool accepted_ = false;
  bool asked_capability_ = false;
  std::string capabilities_;  // the last list heard of, from the login on anew
  std::optional<std::string> offered_;
  ImapIntroduction introduction_;
  std::optional<Verdict> held_;   // until ID is answered as well
  bool inside_response_ = false;  // the next line is the rest of one
  uint64_t literal_left_ = 0;     // octets of a literal in it
  std::deque<Secret> pieces_;     // of our login, still to be asked for
  int challenges_ = 0;            // relayed so far
  bool relaying_ = false;         // the client is to answer one
  Secret response_;               // what it said last
  std::string preamble_;
  std::string farewell_;               // what it said with BYE
  std::optional<Referral> sent_away_;  // by that
  size_t octets_ = 0;
  int lines_ = 0;
};

void ImapBack::feed(std::string_view bytes, Actions& out) {
  if (stage_ == &kSettled && !accepted_) return;
  if (stage_ == &kHandshake && !bytes.empty())
    return fail("spoke in the clear behind its answer to STARTTLS", out);
  input_.append(bytes);
  read_lines(out);
}

// Not while the client is asked: what follows is about its answer.
void ImapBack::read_lines(Actions& out) {
  while (stage_ != &kSettled && stage_ != &kHandshake && !relaying_) {
    if (!skip_literal()) break;
    const auto line = input_.next();
    if (!line) break;
    on_line(*line, out);
  }
  if (stage_ != &kSettled && !relaying_ && input_.too_long())
    fail("sent a line of more than " + std::to_string(options_.max_line) +
             " octets",
         out);
}

void ImapBack::tls_started(Actions& out) {
  if (stage_ != &kHandshake) return;
  secure_ = true;
  asked_capability_ = false;
  capabilities_.clear();
  farewell_.clear();
  sent_away_.reset();
  next_step(out);
}

void ImapBack::respond(const Response& answer, Actions& out) {
  if (!relaying_ || stage_ == &kSettled) return;
  relaying_ = false;
  if (answer.cancelled) {
    out.emplace_back(Send{"*\r\n"});
    return settle(called_off(*relayed_mechanism(who_)), out);
  }
  response_ = Secret(answer.base64.view());
  SendSecret line{Secret(answer.base64.view())};
  line.bytes.append("\r\n");
  out.emplace_back(std::move(line));
  read_lines(out);
}

void ImapBack::closed(Actions& out) {
  if (stage_ == &kSettled) return;
  std::string detail =
      "closed the connection before " + std::string(stage_->waiting_for);
  if (!farewell_.empty()) detail += ": " + farewell_;
  fail(std::move(detail), out);
}

// ---- reading

bool ImapBack::within_limits(size_t octets, Actions& out) {
  octets_ += octets;
  if (++lines_ <= options_.max_lines && octets_ <= options_.max_total)
    return true;
  fail("talks too much before its answer to the login", out);
  return false;
}

void ImapBack::on_line(std::string_view line, Actions& out) {
  if (!within_limits(line.size() + 2, out)) return;
  if (std::exchange(inside_response_, false)) return watch_literal(line, out);
  const ImapResponse response = parse_response(line);
  if (stage_ == &kGreeting) {
    greeted_ = true;
    if (response.kind != ImapResponse::Kind::Untagged ||
        response.status == Status::None)
      return fail("did not greet in IMAP: " + quoted(line), out);
    return on_greeting(response, out);
  }
  if (introduction_.pending() && response.kind == ImapResponse::Kind::Tagged &&
      same_text(response.tag, ImapIntroduction::kTag))
    return on_id(response, out);
  const bool of_id = response.kind == ImapResponse::Kind::Untagged &&
                     starts_with_text(response.text, "ID ");
  if (held_ && !of_id)
    return fail("went on behind the login before it answered ID", out);
  if (response.kind == ImapResponse::Kind::Untagged)
    return on_untagged(response, out);
  if (response.kind == ImapResponse::Kind::Continuation)
    return on_continuation(response, out);
  if (response.kind != ImapResponse::Kind::Tagged ||
      !same_text(response.tag, stage_->tag))
    return fail("sent no IMAP reply: " + quoted(line), out);
  (this->*stage_->on_tagged)(response, out);
}

void ImapBack::on_greeting(const ImapResponse& line, Actions& out) {
  // Somebody who is logged in before having said who he is could be anybody.
  if (line.status == Status::Preauth) return fail("greeted with PREAUTH", out);
  if (line.status != Status::Ok) {
    note_referral(line);
    return fail("does not want us: " + quoted(line.said), out);
  }
  if (learn(line.capabilities(), out)) next_step(out);
}

void ImapBack::on_untagged(const ImapResponse& line, Actions& out) {
  if (line.status == Status::Bye) {
    farewell_ = quoted(line.said);
    note_referral(line);
    return;
  }
  if (!line.capabilities().empty()) {
    learn(line.capabilities(), out);
    return;
  }
  introduction_.on_untagged(line);
  if (line.status == Status::None) return watch_literal(line.text, out);
  // What comes before our password may be about anybody.
  if (stage_ != &kLogin || !pieces_.empty()) return;
  const std::string notice = imap_notice(line);
  if (preamble_.size() + notice.size() <= kLongestPreamble) preamble_ += notice;
}

// Of data that is of no interest, so that its octets never pass for replies.
void ImapBack::watch_literal(std::string_view line, Actions& out) {
  const auto size = announced_literal(line);
  if (!size || !within_limits(*size, out)) return;
  inside_response_ = true;
  literal_left_ = *size;
}

// False once more must come first.
bool ImapBack::skip_literal() {
  literal_left_ -= input_.take(literal_left_).size();
  return literal_left_ == 0;
}

// Refused or not understood, ID changes nothing; but SERVERBUG says that this
// server could not do its part of what ID asked for (Dovecot's own proxy takes
// it so).
void ImapBack::on_id(const ImapResponse& line, Actions& out) {
  introduction_.on_tagged(line);
  if (line.status == Status::No && same_text(line.code, "SERVERBUG")) {
    Verdict verdict;
    verdict.kind = Verdict::Kind::Misconfigured;
    verdict.detail = "refused ID: " + quoted(line.said);
    return settle(std::move(verdict), out);
  }
  if (held_) settle(std::move(*held_), out);
}

void ImapBack::on_continuation(const ImapResponse& line, Actions& out) {
  if (!pieces_.empty()) return send_piece(out);
  if (stage_ == &kLogin && client_answers(who_))
    return relay_challenge(line.said, out);
  if (stage_ == &kLogin) out.emplace_back(Send{"*\r\n"});
  fail("asked for more than there is", out);
}

void ImapBack::on_capability(const ImapResponse& line, Actions& out) {
  if (learn(line.capabilities(), out)) next_step(out);
}

void ImapBack::on_starttls(const ImapResponse& line, Actions& out) {
  if (line.status != Status::Ok)
    return miss_tls("refused STARTTLS: " + quoted(line.said), out);
  // Anything behind it travelled in the clear, yet would be read as if it had
  // come by TLS (CVE-2021-38371, CVE-2026-1642).
  if (!input_.empty())
    return fail("spoke in the clear behind its answer to STARTTLS", out);
  stage_ = &kHandshake;
  out.emplace_back(StartTls{});
}

void ImapBack::on_login(const ImapResponse& line, Actions& out) {
  if (line.status == Status::Ok && !pieces_.empty())
    return fail("accepted a password it has not seen", out);
  if (!learn(line.capabilities(), out)) return;
  Verdict verdict = imap_verdict(line, capabilities_);
  if (verdict.kind == Verdict::Kind::Accepted)
    verdict.preamble = std::move(preamble_);
  else
    verdict.detail =
        (line.status == Status::No ? "refused the login: "
                                   : "did not understand the login: ") +
        quoted(line.said) + (verdict.detail.empty() ? "" : ": ") +
        verdict.detail;
  // Whatever comes behind the answer to ID is the client's.
  if (verdict.kind == Verdict::Kind::Accepted && introduction_.pending())
    held_ = std::move(verdict);
  else
    settle(std::move(verdict), out);
}

// ---- what to say next

void ImapBack::next_step(Actions& out) {
  if (capabilities_.empty() && !asked_capability_) return ask_capability(out);
  if (options_.upgrade != BackOptions::Upgrade::Never && !secure_)
    return upgrade(out);
  log_in(out);
}

void ImapBack::upgrade(Actions& out) {
  if (has_capability(capabilities_, "STARTTLS")) {
    stage_ = &kStarttls;
    out.emplace_back(Send{"S STARTTLS\r\n"});
  } else if (options_.upgrade == BackOptions::Upgrade::Required) {
    miss_tls("does not offer STARTTLS", out);
  } else {
    log_in(out);
  }
}

void ImapBack::ask_capability(Actions& out) {
  asked_capability_ = true;
  stage_ = &kCapability;
  out.emplace_back(Send{"C CAPABILITY\r\n"});
}

void ImapBack::log_in(Actions& out) {
  offered_ = offered_capabilities(capabilities_);
  if (!takes_passwords(capabilities_) && relayed_mechanism(who_) == nullptr) {
    Verdict verdict;
    verdict.kind = Verdict::Kind::Misconfigured;
    verdict.detail = secure_ ? "refuses logins (LOGINDISABLED)"
                             : "refuses logins without TLS (LOGINDISABLED)";
    return settle(std::move(verdict), out);
  }
  if (options_.stop_before_login)
    return settle({.kind = Verdict::Kind::Accepted}, out);
  if (auto barrier = relay_barrier(who_, words_behind(capabilities_, "AUTH="));
      !barrier.empty())
    return settle(not_offered(std::move(barrier)), out);
  std::string id = introduction_.command(capabilities_);
  if (!id.empty()) out.emplace_back(Send{std::move(id)});
  stage_ = &kLogin;
  pieces_ = imap_login(kLogin.tag, who_, capabilities_);
  capabilities_.clear();
  send_piece(out);
}

void ImapBack::relay_challenge(std::string_view base64, Actions& out) {
  const bool fit = base64_decode(base64).has_value();
  if (!fit || ++challenges_ > kMostChallenges) {
    out.emplace_back(Send{"*\r\n"});
    return fail(fit ? "asks for more than its mechanism needs"
                    : "sent a challenge that is not base64",
                out);
  }
  relaying_ = true;
  out.emplace_back(Challenge{std::string(base64)});
}

void ImapBack::send_piece(Actions& out) {
  Secret piece = std::move(pieces_.front());
  pieces_.pop_front();
  if (pieces_.empty())
    out.emplace_back(SendSecret{std::move(piece)});
  else
    out.emplace_back(Send{std::string(piece.view())});
}

// False, and settled, if `list` is that of something else than IMAP4.
bool ImapBack::learn(std::string_view list, Actions& out) {
  if (list.empty()) return true;
  if (!lists_imap(list)) {
    fail("does not speak IMAP4: " + quoted(list), out);
    return false;
  }
  capabilities_ = list;
  return true;
}

// ---- the end

// Anybody could have said it where TLS has yet to begin.
void ImapBack::note_referral(const ImapResponse& bye) {
  const bool in_the_clear =
      options_.upgrade != BackOptions::Upgrade::Never && !secure_;
  if (!is_referral(bye.code) || (in_the_clear && stage_ != &kLogin)) return;
  sent_away_ = parse_imap_referral(bye.code);
}

void ImapBack::fail(std::string detail, Actions& out) {
  Verdict verdict;
  verdict.detail = std::move(detail);
  verdict.referral = std::move(sent_away_);
  settle(std::move(verdict), out);
}

void ImapBack::miss_tls(std::string detail, Actions& out) {
  Verdict verdict;
  verdict.detail = std::move(detail);
  verdict.tls_missing = true;
  settle(std::move(verdict), out);
}

void ImapBack::settle(Verdict verdict, Actions& out) {
  stage_ = &kSettled;
  pieces_.clear();
  accepted_ = verdict.kind == Verdict::Kind::Accepted;
  if (!accepted_) input_.clear();
  out.emplace_back(Settled{std::move(verdict)});
}

}  // namespace

std::unique_ptr<Back> make_imap_back(const BackOptions& options,
                                     const Credentials& who) {
  return std::make_unique<ImapBack>(options, who);
}

}  // namespace postern
