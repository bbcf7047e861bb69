#include "proxy/base/words.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

std::vector<std::string> texts(std::string_view line) {
  const auto words = split_words(line);
  REQUIRE(words);
  std::vector<std::string> all;
  for (const Word& word : *words)
    all.push_back(word.text);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("words stand between blanks") {
  CHECK(texts("") == Texts{});
  CHECK(texts("   ") == Texts{});
  CHECK(texts("who alice") == Texts{"who", "alice"});
  CHECK(texts("  who   \"alice b\"  \"\" ") == Texts{"who", "alice b", ""});
  CHECK(texts(R"("a\"b\\c" "\x00\x7f\xff")") ==
        Texts{"a\"b\\c", std::string("\0\x7f\xff", 3)});
}

TEST_CASE("what cannot be read is an error") {
  for (const char* line : {"\"open", "a\"b\"", "\"a\"b", "a\tb", "a\x7f",
                           "\xc3", "a\\b", R"("\n")", R"("\x1")", R"("\xAB")",
                           "\"\\", "\"tab\there\"", "\"\xc3\xa4\""}) {
    CAPTURE(line);
    CHECK_FALSE(split_words(line));
  }
}

TEST_CASE("a word is read as it was meant, whatever is in it") {
  std::string all;
  for (int octet = 0; octet < 256; ++octet)
    all += static_cast<char>(octet);
  for (const std::string& word :
       {all, std::string(), std::string("-"), std::string("a b"),
        std::string("plain"), std::string("--option=x")}) {
    CHECK(texts(quote_word(word)) == Texts{word});
    for (const char c : quote_word(word))
      CHECK((c >= ' ' && c < '\x7f'));
  }
  CHECK(quote_word("alice@example.org") == "alice@example.org");
}

TEST_CASE("a missing value is not the value -") {
  const auto words = split_words("- \"-\"");
  REQUIRE(words);
  CHECK((*words)[0].missing());
  CHECK_FALSE((*words)[1].missing());
  CHECK(quote_word("-") == "\"-\"");
}
