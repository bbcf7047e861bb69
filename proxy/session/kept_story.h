// What is known of a session that has logged in, in as little memory as it
// takes: it is kept for hours and asked for once, at the end.

#pragma once

#include <memory>

#include "proxy/session/session_log.h"

namespace postern {

// Everything but what the client has said of itself (SessionStory::fields).
class KeptStory {
 public:
  KeptStory() = default;
  explicit KeptStory(const SessionStory& story);

  SessionStory unfold() const;

 private:
  SharedFacts front_tls_;
  SharedFacts back_tls_;
  std::unique_ptr<const char[]> bytes_;  // null: of nobody
};

}  // namespace postern
