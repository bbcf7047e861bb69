#include "proxy/ctl/answer_reader.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

struct Seen final : Printer {
  std::string text;
  void head(bool table, std::string name,
            std::vector<Heading> columns) override {
    text += (table ? "table " : "facts ") + name;
    for (const Heading& column : columns)
      text += " " + column.name + "/" + std::string(name_of(column.form));
    text += "\n";
  }
  void row(std::vector<Word> values) override {
    text += "row";
    for (const Word& value : values)
      text += value.missing() ? " (none)" : " " + value.text;
    text += "\n";
  }
  void end(bool ok, std::string_view trouble, std::string_view said) override {
    text += std::string(ok ? "ok" : "error") + "|" + std::string(trouble) +
            "|" + std::string(said) + "\n";
  }
};

}  // namespace

TEST_CASE("an answer is read line by line") {
  Seen seen;
  AnswerReader reader(seen);
  CHECK_FALSE(reader.feed("row too early"));
  CHECK_FALSE(reader.feed("table things name:text size:octets odd:newform"));
  CHECK_FALSE(reader.feed("row \"a b\" 5 x"));
  CHECK_FALSE(reader.feed("row short"));
  CHECK_FALSE(reader.feed("row - \"-\" x too many"));
  CHECK_FALSE(reader.feed("novelty of a later version"));
  CHECK_FALSE(reader.feed("row \"unreadable"));
  CHECK(reader.feed("ok \"3 things\"") == 0);
  CHECK(seen.text ==
        "table things name/text size/octets odd/text\n"
        "row a b 5 x\n"
        "row short (none) (none)\n"
        "row (none) - x\n"
        "ok||3 things\n");
}

TEST_CASE("the kind of trouble is the exit status") {
  for (const auto& [kind, status] :
       {std::pair("usage", 2), std::pair("not_found", 4),
        std::pair("ambiguous", 4), std::pair("refused", 1),
        std::pair("failed", 1), std::pair("busy", 1), std::pair("new", 1)}) {
    Seen seen;
    AnswerReader reader(seen);
    CHECK(reader.feed(std::string("error ") + kind + " why") == status);
    CHECK(seen.text == std::string("error|") + kind + "|why\n");
  }
}
