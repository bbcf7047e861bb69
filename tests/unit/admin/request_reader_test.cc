#include "proxy/admin/request_reader.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

using Words = std::vector<std::string>;

Words next(RequestReader& reader) {
  auto request = reader.next();
  REQUIRE(request);
  REQUIRE(*request);
  return **request;
}

std::string complaint(RequestReader& reader) {
  const auto request = reader.next();
  REQUIRE(request);
  REQUIRE_FALSE(*request);
  return request->error().text;
}

}  // namespace

TEST_CASE("requests are lines, however they are cut") {
  RequestReader reader;
  reader.append("sta");
  CHECK_FALSE(reader.next());
  reader.append("tus\nwho \"a b\"\r\nlog");
  CHECK(next(reader) == Words{"status"});
  CHECK(next(reader) == Words{"who", "a b"});
  CHECK(reader.line() == "who \"a b\"");
  CHECK_FALSE(reader.next());
  reader.append("\n");
  CHECK(next(reader) == Words{"log"});
}

TEST_CASE("behind nonsense nothing is read") {
  RequestReader reader;
  reader.append("who \"alice\nstatus\n");
  CHECK(complaint(reader) == "a closing quote is missing");
  CHECK_FALSE(reader.next());
  reader.append("status\n");
  CHECK_FALSE(reader.next());
}

TEST_CASE("a request has its limits") {
  RequestReader lines;
  const std::string octets(10000, 'a');
  for (int i = 0; i < 1000; ++i)
    lines.append(octets);
  CHECK(complaint(lines) == "a request has at most 8192 octets");

  RequestReader words;
  std::string many;
  for (int i = 0; i < 65; ++i)
    many += "a ";
  words.append(many + "\n");
  CHECK(complaint(words) == "a request has at most 64 words");
}
