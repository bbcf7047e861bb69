// What an engine did, in the words of a transcript.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/action.h"
#include "tests/transcripts/notation.h"

namespace postern::transcripts {

// Something said, or everything else as a mark with a name.
struct Event {
  std::string said;
  bool secret = false;
  Mark mark = {};
};
using Events = std::vector<Event>;

// Octets said one after the other, equally secret, are one event.
void add_said(Events& events, std::string_view octets, bool secret);
void add_action(Events& events, const Action& action);

// Words for a log (detail, reason) may go unmentioned in what is wanted; all
// the rest must be as written.
bool same_events(const Events& wanted, const Events& got);

// As a transcript would have it, with `speaker` ("C" or "S") for what is said.
std::string show_events(const Events& events, std::string_view speaker);

// "wrong-password" and the like.
std::optional<Verdict::Kind> verdict_kind(std::string_view word);

}  // namespace postern::transcripts
