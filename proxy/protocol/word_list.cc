#include "proxy/protocol/word_list.h"

#include <algorithm>

#include "proxy/base/ascii.h"

namespace postern {

std::string_view take_word(std::string_view& list) {
  list.remove_prefix(std::min(list.find_first_not_of(' '), list.size()));
  const std::string_view word = list.substr(0, list.find(' '));
  list.remove_prefix(word.size());
  return word;
}

bool has_word(std::string_view list, std::string_view word) {
  for (auto each = take_word(list); !each.empty(); each = take_word(list))
    if (same_text(each, word)) return true;
  return false;
}

void add_word(std::string& list, std::string_view word) {
  if (has_word(list, word)) return;
  if (!list.empty()) list += ' ';
  list += word;
}

std::string common_words(std::string_view a, std::string_view b) {
  std::string common;
  for (auto word = take_word(a); !word.empty(); word = take_word(a))
    if (has_word(b, word)) add_word(common, word);
  return common;
}

std::string words_behind(std::string_view list, std::string_view prefix) {
  std::string words;
  for (auto word = take_word(list); !word.empty(); word = take_word(list))
    if (starts_with_text(word, prefix))
      add_word(words, word.substr(prefix.size()));
  return words;
}

}  // namespace postern
