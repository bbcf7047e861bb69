#include "proxy/ctl/known_values.h"

#include <doctest/doctest.h>

#include "proxy/ctl/answer_reader.h"

using namespace postern;

TEST_CASE("the values of a word in capitals are a column of an answer") {
  const KnownValues* known = find_known_values("SERVICE");
  REQUIRE(known != nullptr);
  CHECK(known->request == "status");
  std::vector<std::string> values;
  const auto collector = make_column_collector(*known, values);
  AnswerReader reader(*collector);
  reader.feed("facts daemon service:text");
  reader.feed("row no");
  reader.feed("table services protocol:text service:text");
  reader.feed("row IMAP4 imap4");
  reader.feed("row POP3 -");
  reader.feed("row POP3 pop3");
  reader.feed("table others service:text");
  reader.feed("row no");
  CHECK(reader.feed("ok") == 0);
  CHECK(values == std::vector<std::string>{"imap4", "pop3"});
}

TEST_CASE("some are always the same, some nobody knows") {
  const KnownValues* known = find_known_values("LEVEL");
  REQUIRE(known != nullptr);
  CHECK(known->fixed == "error warning notice info debug");
  CHECK(find_known_values("USER") == nullptr);
}
