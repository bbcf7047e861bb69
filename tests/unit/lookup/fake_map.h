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

  // The answer from now on; while there is none, questions wait for say().
  std::optional<Answer> answer;
  std::vector<std::string> asked;

  void say(const Answer& words) {
    const auto waiting = std::exchange(waiting_, {});
    for (const Done& done : waiting)
      done(words);
  }

 private:
  void ask(Loop&, std::string_view key, Done done) override {
    asked.emplace_back(key);
    if (answer)
      done(*answer);
    else
      waiting_.push_back(std::move(done));
  }

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
