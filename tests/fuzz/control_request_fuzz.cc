// Any bytes at all from a client of the admin_socket.

#include <algorithm>
#include <cstdint>

#include "proxy/admin/manual.h"
#include "proxy/admin/request_reader.h"
#include "proxy/base/words.h"
#include "tests/fuzz/require.h"

using namespace postern;

namespace {

// The requests and the error that ends them, told apart.
std::string read_in_pieces(std::string_view bytes, size_t piece) {
  RequestReader reader;
  std::string seen;
  const auto look = [&] {
    while (const auto request = reader.next()) {
      if (!*request) {
        seen += "error: " + request->error().text + "\n";
        continue;
      }
      fuzz::require((*request)->size() <= RequestReader::kMaxWords,
                    "requests are bounded");
      for (const std::string& word : **request)
        seen += quote_word(word) + " ";
      seen += "\n";
    }
  };
  while (!bytes.empty()) {
    reader.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    look();
  }
  return seen;
}

// What is written for a request is read as the same words, and the table of
// commands takes them or says why not.
void check_words(std::string_view line) {
  const auto words = split_words(line);
  if (!words) return;
  std::string again;
  std::vector<std::string> texts;
  for (const Word& word : *words) {
    again += quote_word(word.text) + " ";
    texts.push_back(word.text);
  }
  const auto twice = split_words(again);
  fuzz::require(twice && twice->size() == words->size(), "as many words");
  for (size_t i = 0; i < texts.size(); ++i)
    fuzz::require((*twice)[i].text == texts[i], "the same words");
  const auto asked = understand(texts);
  fuzz::require(asked || !asked.error().text.empty(), "a reason is given");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_in_pieces(bytes, size);
  fuzz::require(read_in_pieces(bytes, 1) == whole, "cuts do not matter");
  fuzz::require(read_in_pieces(bytes, 1 + data[0] % 61U) == whole,
                "cuts do not matter");
  check_words(bytes.substr(0, bytes.find('\n')));
  return 0;
}
