#include "tests/transcripts/player.h"

#include <algorithm>
#include <optional>
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
};

struct FarewellWord {
  std::string_view word;
  Farewell why;
};
constexpr FarewellWord kFarewells[] = {{"shutdown", Farewell::Shutdown},
                                       {"slow", Farewell::TooSlow},
                                       {"many", Farewell::TooMany}};

// What an engine did: something said if `mark` has no name.
struct Event {
  std::string said;
  bool secret = false;
  Mark mark = {};
};
using Events = std::vector<Event>;

void add_said(Events& events, std::string_view octets, bool secret) {
  const bool goes_on = !events.empty() && events.back().mark.name.empty() &&
                       events.back().secret == secret;
  if (!goes_on) events.push_back({{}, secret});
  events.back().said += octets;
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
    mark.add("secret", login.who.secret.view());
    mark.add("mechanism", login.who.mechanism);
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

// Words for a log may go unmentioned; all the rest must be as written.
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

std::string shown(const Events& events, std::string_view speaker) {
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

std::string_view way_name(Pieces way) {
  return way == Pieces::Whole   ? "in one piece"
         : way == Pieces::Lines ? "line by line"
                                : "octet by octet";
}

class Player {
 public:
  Player(const Conversation& conversation, Setup setup, Pieces way)
      : conversation_(conversation), setup_(std::move(setup)), way_(way) {}

  // The first difference, or empty.
  std::string play() {
    open();
    const auto& steps = conversation_.steps;
    for (size_t i = 0; i < steps.size() && problem_.empty();) {
      if (is_expected(steps[i])) {
        i = expect(i);
      } else if (is_peer(steps[i])) {
        check({}, steps[i].line);
        i = say(i);
      } else {
        check({}, steps[i].line);
        tell(steps[i++]);
      }
    }
    check({}, steps.back().line);
    return std::move(problem_);
  }

 private:
  using Teller = void (Player::*)(const Step& step);
  struct Telling {
    std::string_view name;
    Teller tell;
  };
  static const Telling kTellings[5];

  static const Telling* telling(const Step& step) {
    const std::string_view name = step.mark.name;
    const auto* found = std::ranges::find(kTellings, name, &Telling::name);
    return found == std::end(kTellings) ? nullptr : found;
  }

  bool is_peer(const Step& step) const {
    return step.kind == (setup_.back ? Step::Kind::Server : Step::Kind::Client);
  }
  bool is_expected(const Step& step) const {
    return step.kind == Step::Kind::Marked ? telling(step) == nullptr
                                           : !is_peer(step);
  }

  void open() {
    if (setup_.back) {
      back_ = setup_.protocol->make_back(setup_.backend, setup_.who);
      return;
    }
    front_ = setup_.protocol->make_front(setup_.front);
    if (setup_.implicit_tls) front_->tls_started();
    Actions out;
    front_->greet(out);
    if (is_expected(conversation_.steps.front())) note(out);
  }

  void note(const Actions& out) {
    for (const Action& action : out)
      std::visit(ToEvents{got_}, action);
  }

  // The peer's lines from `i` on, as many as follow each other.
  size_t say(size_t i) {
    std::string octets;
    for (; i < conversation_.steps.size() && is_peer(conversation_.steps[i]);
         ++i) {
      octets += conversation_.steps[i].octets;
      if (way_ == Pieces::Lines) feed(std::exchange(octets, {}));
    }
    const size_t size = way_ == Pieces::Octets ? 1 : octets.size();
    for (size_t at = 0; at < octets.size(); at += size)
      feed(std::string_view(octets).substr(at, size));
    return i;
  }

  void feed(std::string_view octets) {
    // A copy of exactly this size, so that reading behind it is found out.
    const std::vector<char> copy(octets.begin(), octets.end());
    const std::string_view bytes(copy.data(), copy.size());
    Actions out;
    if (back_)
      back_->feed(bytes, out);
    else
      front_->feed(bytes, out);
    note(out);
  }

  // All the expected steps from `i` on.
  size_t expect(size_t i) {
    const size_t line = conversation_.steps[i].line;
    Events wanted;
    for (;
         i < conversation_.steps.size() && is_expected(conversation_.steps[i]);
         ++i) {
      const Step& step = conversation_.steps[i];
      if (step.kind == Step::Kind::Marked)
        wanted.push_back({{}, false, step.mark});
      else
        add_said(wanted, step.octets, step.secret);
    }
    check(wanted, line);
    return i;
  }

  void check(const Events& wanted, size_t line) {
    const Events got = std::exchange(got_, {});
    const bool equal =
        std::equal(wanted.begin(), wanted.end(), got.begin(), got.end(),
                   [](const Event& a, const Event& b) { return same(a, b); });
    const std::string_view us = setup_.back ? "C" : "S";
    if (!equal)
      differs(line, "    expected\n" + shown(wanted, us) + "    got\n" +
                        shown(got, us));
  }

  void differs(size_t line, const std::string& how) {
    if (!problem_.empty()) return;
    problem_ = std::to_string(line) + ": " + conversation_.title +
               "\n    played " + std::string(way_name(way_)) + "\n" + how;
  }

  void tell(const Step& step) { (this->*telling(step)->tell)(step); }

  void tell_tls(const Step&) {
    Actions out;
    if (back_)
      back_->tls_started(out);
    else
      front_->tls_started();
    note(out);
  }

  void tell_settle(const Step& step) {
    const Mark& mark = step.mark;
    const auto* kind =
        std::ranges::find(kKinds, mark.value(""), &KindWord::word);
    if (back_ || kind == std::end(kKinds))
      return differs(step.line, "    cannot settle so\n");
    Verdict verdict;
    verdict.kind = kind->kind;
    verdict.code = mark.value("code");
    verdict.text = mark.value("text");
    verdict.capabilities = mark.value("capabilities");
    verdict.preamble = mark.value("preamble");
    Actions out;
    front_->settle(verdict, out);
    note(out);
  }

  void tell_closed(const Step& step) {
    if (!back_) return differs(step.line, "    only a back is told <closed>\n");
    Actions out;
    back_->closed(out);
    note(out);
  }

  void tell_dismiss(const Step& step) {
    const auto* word =
        std::ranges::find(kFarewells, step.mark.value(""), &FarewellWord::word);
    if (back_ || word == std::end(kFarewells))
      return differs(step.line, "    cannot dismiss so\n");
    Actions out;
    front_->dismiss(word->why, out);
    note(out);
  }

  void ask_rest(const Step& step) {
    const std::string rest = back_ ? back_->take_rest() : front_->take_rest();
    const std::string_view wanted = step.mark.value("");
    if (rest != wanted)
      differs(step.line, "    expected the rest \"" + escape(wanted) +
                             "\"\n    got \"" + escape(rest) + "\"\n");
  }

  const Conversation& conversation_;
  const Setup setup_;
  const Pieces way_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<Back> back_;
  Events got_;
  std::string problem_;
};

const Player::Telling Player::kTellings[5] = {
    {"tls", &Player::tell_tls},       {"settle", &Player::tell_settle},
    {"closed", &Player::tell_closed}, {"dismiss", &Player::tell_dismiss},
    {"rest", &Player::ask_rest},
};

}  // namespace

std::vector<std::string> play(const Conversation& conversation) {
  const Result<Setup> once = read_setup(conversation);
  if (!once) return {once.error().text + "\n"};
  std::vector<std::string> problems;
  for (const Pieces way : (*once).ways) {
    // Anew each time: a Setup holds a Secret, which is never copied.
    Result<Setup> setup = read_setup(conversation);
    std::string problem = Player(conversation, std::move(*setup), way).play();
    if (!problem.empty()) problems.push_back(std::move(problem));
  }
  return problems;
}

}  // namespace postern::transcripts
