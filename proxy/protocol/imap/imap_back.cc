#include "proxy/protocol/imap/imap_back.h"

#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/protocol/back_login.h"
#include "proxy/protocol/imap/imap_capability.h"
#include "proxy/protocol/imap/imap_login.h"
#include "proxy/protocol/imap/imap_response.h"
#include "proxy/protocol/imap/imap_verdict.h"
#include "proxy/protocol/line_buffer.h"

namespace postern {
namespace {

using Kind = ImapResponse::Kind;
using Status = ImapResponse::Status;

constexpr size_t kLongestPreamble = 4096;

class ImapBack final : public Back {
 public:
  ImapBack(const BackOptions& options, const Credentials& who)
      : options_(options), who_(who), input_(options.max_line) {}

  void feed(std::string_view bytes, Actions& out) override;
  void tls_started(Actions& out) override;
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
  void on_continuation(Actions& out);
  void on_capability(const ImapResponse& line, Actions& out);
  void on_starttls(const ImapResponse& line, Actions& out);
  void on_login(const ImapResponse& line, Actions& out);

  static constexpr Stage kGreeting = {"", "its greeting", nullptr};
  static constexpr Stage kCapability = {"C", "its capabilities",
                                        &ImapBack::on_capability};
  static constexpr Stage kStarttls = {"S", "its answer to STARTTLS",
                                      &ImapBack::on_starttls};
  static constexpr Stage kHandshake = {"", "TLS", nullptr};
  static constexpr Stage kLogin = {"L", "its answer to the login",
                                   &ImapBack::on_login};
  static constexpr Stage kSettled = {"", "nothing", nullptr};

  void next_step(Actions& out);
  void upgrade(Actions& out);
  void ask_capability(Actions& out);
  void log_in(Actions& out);
  void send_piece(Actions& out);
  bool learn(std::string_view list, Actions& out);
  bool within_limits(std::string_view line, Actions& out);

  void fail(std::string detail, Actions& out);
  void settle(Verdict verdict, Actions& out);

  const BackOptions& options_;
  const Credentials& who_;
  LineBuffer input_;
  const Stage* stage_ = &kGreeting;
  bool greeted_ = false;
  bool secure_ = false;
  bool accepted_ = false;
  bool asked_capability_ = false;
  std::string capabilities_;   // the last list heard of
  std::deque<Secret> pieces_;  // of our login, still to be asked for
  std::string preamble_;
  std::string farewell_;  // what it said with BYE
  size_t octets_ = 0;
  int lines_ = 0;
};

void ImapBack::feed(std::string_view bytes, Actions& out) {
  if (stage_ == &kSettled && !accepted_) return;
  if (stage_ == &kHandshake && !bytes.empty())
    return fail("spoke in the clear behind its answer to STARTTLS", out);
  input_.append(bytes);
  while (stage_ != &kSettled && stage_ != &kHandshake) {
    const auto line = input_.next();
    if (!line) break;
    on_line(*line, out);
  }
  if (stage_ != &kSettled && input_.too_long())
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
  next_step(out);
}

void ImapBack::closed(Actions& out) {
  if (stage_ == &kSettled) return;
  std::string detail =
      "closed the connection before " + std::string(stage_->waiting_for);
  if (!farewell_.empty()) detail += ": " + farewell_;
  fail(std::move(detail), out);
}

// ---- reading

bool ImapBack::within_limits(std::string_view line, Actions& out) {
  octets_ += line.size() + 2;
  if (++lines_ <= options_.max_lines && octets_ <= options_.max_total)
    return true;
  fail("talks too much before its answer to the login", out);
  return false;
}

void ImapBack::on_line(std::string_view line, Actions& out) {
  if (!within_limits(line, out)) return;
  const ImapResponse response = parse_response(line);
  if (stage_ == &kGreeting) {
    greeted_ = true;
    if (response.kind != Kind::Untagged || response.status == Status::None)
      return fail("did not greet in IMAP: " + quoted_reply(line, who_), out);
    return on_greeting(response, out);
  }
  if (response.kind == Kind::Untagged) return on_untagged(response, out);
  if (response.kind == Kind::Continuation) return on_continuation(out);
  if (response.kind != Kind::Tagged || !same_text(response.tag, stage_->tag))
    return fail("sent no IMAP reply: " + quoted_reply(line, who_), out);
  (this->*stage_->on_tagged)(response, out);
}

void ImapBack::on_greeting(const ImapResponse& line, Actions& out) {
  // Somebody who is logged in before having said who he is could be anybody.
  if (line.status == Status::Preauth) return fail("greeted with PREAUTH", out);
  if (line.status != Status::Ok)
    return fail("does not want us: " + quoted_reply(line.said, who_), out);
  if (learn(line.capabilities(), out)) next_step(out);
}

void ImapBack::on_untagged(const ImapResponse& line, Actions& out) {
  if (line.status == Status::Bye) {
    farewell_ = quoted_reply(line.said, who_);
    return;
  }
  if (!line.capabilities().empty()) {
    learn(line.capabilities(), out);
    return;
  }
  // What comes before our password may be about anybody.
  if (stage_ != &kLogin || !pieces_.empty()) return;
  const std::string notice = imap_notice(line);
  if (preamble_.size() + notice.size() <= kLongestPreamble) preamble_ += notice;
}

void ImapBack::on_continuation(Actions& out) {
  if (!pieces_.empty()) return send_piece(out);
  if (stage_ == &kLogin) out.emplace_back(Send{"*\r\n"});
  fail("asked for more than there is", out);
}

void ImapBack::on_capability(const ImapResponse& line, Actions& out) {
  if (learn(line.capabilities(), out)) next_step(out);
}

void ImapBack::on_starttls(const ImapResponse& line, Actions& out) {
  if (line.status != Status::Ok)
    return fail("refused STARTTLS: " + quoted_reply(line.said, who_), out);
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
        quoted_reply(line.said, who_);
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
    fail("does not offer STARTTLS", out);
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
  if (has_capability(capabilities_, "LOGINDISABLED")) {
    Verdict verdict;
    verdict.kind = Verdict::Kind::Misconfigured;
    verdict.detail = secure_ ? "refuses logins (LOGINDISABLED)"
                             : "refuses logins without TLS (LOGINDISABLED)";
    return settle(std::move(verdict), out);
  }
  stage_ = &kLogin;
  pieces_ = imap_login(kLogin.tag, who_, capabilities_);
  send_piece(out);
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
    fail("does not speak IMAP4: " + quoted_reply(list, who_), out);
    return false;
  }
  capabilities_ = list;
  return true;
}

// ---- the end

void ImapBack::fail(std::string detail, Actions& out) {
  Verdict verdict;
  verdict.detail = std::move(detail);
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
