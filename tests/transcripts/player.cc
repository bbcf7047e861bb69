#include "tests/transcripts/player.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tests/transcripts/events.h"

namespace postern::transcripts {
namespace {

struct FarewellWord {
  std::string_view word;
  Farewell why;
};
constexpr FarewellWord kFarewells[] = {{"shutdown", Farewell::Shutdown},
                                       {"slow", Farewell::TooSlow},
                                       {"many", Farewell::TooMany}};

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
  struct Telling {
    std::string_view name;
    void (Player::*tell)(const Step& step);
  };

  // Null for what is not told to an engine.
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
      if (setup_.introduce) back_->introduce(setup_.client, *setup_.introduce);
      if (setup_.recalled || setup_.curious) back_->recall(setup_.recalled);
      return;
    }
    front_ = setup_.protocol->make_front(setup_.front);
    if (setup_.trusted) front_->trust();
    if (setup_.offered) front_->backends_offer(*setup_.offered);
    if (setup_.implicit_tls) start_front_tls();
    Actions out;
    front_->greet(out);
    if (is_expected(conversation_.steps.front())) note(out);
  }

  void note(const Actions& out) {
    for (const Action& action : out)
      add_action(got_, action);
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
    const std::string_view us = setup_.back ? "C" : "S";
    if (!same_events(wanted, got))
      differs(line, "    expected\n" + show_events(wanted, us) + "    got\n" +
                        show_events(got, us));
  }

  void differs(size_t line, const std::string& how) {
    if (!problem_.empty()) return;
    problem_ = std::to_string(line) + ": " + conversation_.title +
               "\n    played " + std::string(way_name(way_)) + "\n" + how;
  }

  void tell(const Step& step) { (this->*telling(step)->tell)(step); }

  void start_front_tls() {
    front_->tls_started();
    if (setup_.certified) front_->certified();
  }

  void tell_tls(const Step&) {
    Actions out;
    if (back_)
      back_->tls_started(out);
    else
      start_front_tls();
    note(out);
  }

  void tell_settle(const Step& step) {
    const Mark& mark = step.mark;
    const auto kind = verdict_kind(mark.value(""));
    if (back_ || !kind) return differs(step.line, "    cannot settle so\n");
    Verdict verdict;
    verdict.kind = *kind;
    verdict.code = mark.value("code");
    verdict.text = mark.value("text");
    verdict.capabilities = mark.value("capabilities");
    verdict.preamble = mark.value("preamble");
    Actions out;
    front_->settle(verdict, out);
    note(out);
  }

  void tell_challenge(const Step& step) {
    if (back_) return differs(step.line, "    only a front is challenged\n");
    Actions out;
    front_->challenge(step.mark.value(""), out);
    note(out);
  }

  void tell_answer(const Step& step) {
    if (!back_) return differs(step.line, "    only a back is answered\n");
    const std::string_view answer = step.mark.value("");
    Actions out;
    back_->respond({.base64 = Secret(answer == "*" ? "" : answer),
                    .cancelled = answer == "*"},
                   out);
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

  void ask_introduced(const Step& step) {
    static constexpr std::string_view kWords[] = {"nothing", "not-offered",
                                                  "sent",    "unconfirmed",
                                                  "trusted", "untrusted"};
    const std::string_view word =
        back_ ? kWords[static_cast<size_t>(back_->introduced())] : "";
    if (word != step.mark.value(""))
      differs(step.line, "    got introduced " + std::string(word) + "\n");
  }

  void ask_offered(const Step& step) {
    const std::string got =
        back_ ? back_->offered().value_or("nothing") : "a front offers nothing";
    if (got != step.mark.value(""))
      differs(step.line, "    got offered \"" + got + "\"\n");
  }

  static constexpr Telling kTellings[] = {
      {"tls", &Player::tell_tls},
      {"settle", &Player::tell_settle},
      {"closed", &Player::tell_closed},
      {"dismiss", &Player::tell_dismiss},
      {"rest", &Player::ask_rest},
      {"introduced", &Player::ask_introduced},
      {"ask", &Player::tell_challenge},
      {"answer", &Player::tell_answer},
      {"offered", &Player::ask_offered},
  };

  const Conversation& conversation_;
  const Setup setup_;
  const Pieces way_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<Back> back_;
  Events got_;
  std::string problem_;
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
