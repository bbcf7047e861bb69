// Lists of words with one blank between them, as servers tell what they offer.
// Case makes no difference.

#pragma once

#include <string>
#include <string_view>

namespace postern {

// Takes the first word off `list`; empty if there is none.
std::string_view take_word(std::string_view& list);

bool has_word(std::string_view list, std::string_view word);

// At the end; not if it is there already.
void add_word(std::string& list, std::string_view word);

// Those of `a` that are in `b` too.
std::string common_words(std::string_view a, std::string_view b);

// What follows `prefix` in each word that begins with it: the "X Y" of
// "AUTH=X AUTH=Y".
std::string words_behind(std::string_view list, std::string_view prefix);

}  // namespace postern
