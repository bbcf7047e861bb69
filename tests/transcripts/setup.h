// The options of a conversation, as the engines take them.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/protocol/protocols.h"
#include "tests/transcripts/transcript.h"

namespace postern::transcripts {

// How the peer's octets are handed to the engine.
enum class Pieces { Whole, Lines, Octets };

struct Setup {
  const Protocol* protocol = nullptr;
  bool back = false;
  bool implicit_tls = false;
  bool trusted = false;    // a front's peer
  bool certified = false;  // the same, by its certificate
  FrontOptions front = {};
  BackOptions backend = {};
  Credentials who = {};
  std::optional<std::string> offered = {};   // to a front, by every backend
  std::optional<std::string> recalled = {};  // by a back
  bool curious = false;                      // a back that recalls nothing
  std::optional<Introduce> introduce = {};
  ClientIdentity client = {};
  std::vector<Pieces> ways = {Pieces::Whole, Pieces::Lines, Pieces::Octets};
};

Result<Setup> read_setup(const Conversation& conversation);

}  // namespace postern::transcripts
