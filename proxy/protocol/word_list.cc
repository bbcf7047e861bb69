#include "proxy/protocol/word_list.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern {

bool has_word(std::string_view list, std::string_view word) {
  // Asked ten times a login: by hand, not by split(), which allocates.
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(' ', at), list.size());
    if (same_text(list.substr(at, end - at), word)) return true;
    at = end + 1;
  }
  return false;
}

void add_word(std::string& list, std::string_view word) {
  if (has_word(list, word)) return;
  if (!list.empty()) list += ' ';
  list += word;
}

std::string common_words(std::string_view a, std::string_view b) {
  std::string common;
  for (const std::string_view word : split(a, ' '))
    if (!word.empty() && has_word(b, word)) add_word(common, word);
  return common;
}

std::string words_behind(std::string_view list, std::string_view prefix) {
  std::string words;
  for (const std::string_view word : split(list, ' '))
    if (starts_with_text(word, prefix))
      add_word(words, word.substr(prefix.size()));
  return words;
}

}  // namespace postern
