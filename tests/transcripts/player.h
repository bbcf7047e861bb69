// Plays a conversation with a real engine and compares what it does.

#pragma once

#include <string>
#include <vector>

#include "tests/transcripts/setup.h"

namespace postern::transcripts {

// What went wrong in each way of playing it, ready to print behind the file's
// name: "12: played line by line …".  Empty if it is all as written.
std::vector<std::string> play(const Conversation& conversation);

}  // namespace postern::transcripts
