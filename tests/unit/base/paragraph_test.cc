#include "proxy/base/paragraph.h"

#include <string>

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("a paragraph has lines of at most 78 columns") {
  CHECK(paragraph("one two", 2) == "  one two\n");
  const std::string word(37, 'w');
  const std::string two = word + ' ' + word;  // 75 columns
  CHECK(paragraph(two, 3) == "   " + two + '\n');
  CHECK(paragraph(two, 4) == "    " + word + "\n    " + word + '\n');
  const std::string wide(100, 'w');
  CHECK(paragraph("a " + wide + " b", 1) == " a\n " + wide + "\n b\n");
}
