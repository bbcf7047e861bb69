// A map that says what a test tells it to, when it tells it to.

#pragma once

#include <deque>
#include <string>
#include <vector>

#include "lookup/map.h"

namespace postern {

class FakeMap final : public Map {
 public:
  std::string name() const override { return "fake"; }
  bool slow() const override { return true; }

  // Answers so from now on; with nothing, questions wait for say().
  void answer(std::optional<Answer> words) { answer_ = std::move(words); }
  // The keys asked for since last asked here.
  std::vector<std::string> asked() { return std::exchange(asked_, {}); }

  void say(const Answer& words) {
    const auto waiting = std::exchange(waiting_, {});
    for (const Done& done : waiting)
      done(words);
  }

 private:
  void ask(Loop&, std::string_view key, Done done) override {
    asked_.emplace_back(key);
    if (answer_)
      done(*answer_);
    else
      waiting_.push_back(std::move(done));
  }

  std::optional<Answer> answer_;
  std::vector<std::string> asked_;
  std::deque<Done> waiting_;
};

inline Map::Answer lives_at(const std::string& value) {
  return std::optional(*parse_route(value));
}
inline Map::Answer nobody() {
  return std::optional<Route>();
}
inline Map::Answer trouble() {
  return Error{Fault::TryLater, "unwell"};
}

}  // namespace postern
