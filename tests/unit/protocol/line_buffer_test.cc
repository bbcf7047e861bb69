#include "proxy/protocol/line_buffer.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("lines end in CRLF or LF, however they come") {
  LineBuffer lines(100);
  lines.append("one\r\ntw");
  CHECK(lines.next() == "one");
  CHECK(!lines.next());
  lines.append("o\nthree\r");
  CHECK(lines.next() == "two");
  CHECK(!lines.next());
  lines.append("\n\n");
  CHECK(lines.next() == "three");
  CHECK(lines.next() == "");
  CHECK(lines.empty());
}

TEST_CASE("a line over the limit is never handed out") {
  LineBuffer lines(4);
  lines.append("1234\n12345");
  CHECK(lines.next() == "1234");
  CHECK(!lines.next());
  CHECK(lines.too_long());
  lines.append("\n");
  CHECK(!lines.next());
  CHECK(lines.too_long());
}

TEST_CASE("blocks may be taken between lines") {
  LineBuffer lines(100);
  lines.append("a\r\nbcd\r\ne");
  CHECK(lines.next() == "a");
  CHECK(lines.peek() == "bcd\r\ne");
  CHECK(lines.take(2) == "bc");
  CHECK(lines.next() == "d");
  CHECK(lines.take(100) == "e");
  lines.append("f\n");
  CHECK(lines.take_all() == "f\n");
  CHECK(lines.empty());
}

TEST_CASE("what has been handed out can be wiped at once") {
  LineBuffer lines(100);
  lines.append("secret\r\nrest");
  const char* memory = lines.next()->data();
  lines.wipe_taken();
  CHECK(lines.peek() == "rest");
  CHECK(std::string_view(memory, 4) == "rest");
  CHECK(std::string_view(memory + 4, 8).find_first_of("secr") ==
        std::string_view::npos);
}
