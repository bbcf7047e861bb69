#include "proxy/protocol/pop3/pop3_capa.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/protocol/word_list.h"

namespace postern {
namespace {

constexpr size_t kLongestTag = 35;  // what RFC 5646 wants stored at least

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_language(std::string_view tag) {
  return !tag.empty() && tag.size() <= kLongestTag &&
         std::ranges::all_of(tag, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '-';
         });
}

}  // namespace

void add_capa_line(std::string_view line, std::string& words) {
  std::string_view name;
  for (const std::string_view word : split(line, ' ')) {
    if (!is_word(word)) continue;
    if (name.empty()) {
      name = word;
      if (!same_text(name, "SASL")) add_word(words, name);
      continue;
    }
    const std::string_view key = same_text(name, "SASL") ? "AUTH" : name;
    add_word(words, std::string(key) + "=" + std::string(word));
  }
}

void add_language(std::string_view line, std::string& words) {
  const std::string_view tag = line.substr(0, line.find(' '));
  if (is_language(tag)) add_word(words, "LANG=" + std::string(tag));
}

}  // namespace postern
